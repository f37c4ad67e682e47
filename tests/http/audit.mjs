// Asks a GraphQL endpoint everything the public GraphQL-over-HTTP audit suite asks.
// Use: node audit.mjs URL [header: value …]
// Prints each audit that is not ok, then one JSON line of counts; the status is 0 only if every audit is ok.
import { serverAudits } from "graphql-http";

const [url, ...lines] = process.argv.slice(2);
if (!url) {
  console.error("Use: node audit.mjs URL [header: value …]");
  process.exit(2);
}
const given = Object.fromEntries(lines.map((line) => line.split(/:\s*/, 2)));

function fetchWithHeaders(resource, options = {}) {
  return fetch(resource, { ...options, headers: { ...given, ...options.headers } });
}

const counts = { ok: 0, notice: 0, warn: 0, error: 0 };
for (const audit of serverAudits({ url, fetchFn: fetchWithHeaders })) {
  const result = await audit.fn();
  counts[result.status] += 1;
  if (result.status !== "ok") console.log(`${result.status} ${audit.id} ${audit.name}: ${result.reason}`);
}
console.log(JSON.stringify(counts));
process.exit(counts.notice + counts.warn + counts.error === 0 ? 0 : 1);
