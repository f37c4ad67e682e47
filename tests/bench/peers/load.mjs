// What does autocannon send where wrk is missing? The same bodies in the same order, and the same line at the end.
import { readFileSync } from "node:fs";
import autocannon from "autocannon";

const MARK = "\u0001";
const [url, file, tenant, first, connections, seconds] = process.argv.slice(2);
const bodies = readFileSync(file, "utf8").split("\n").map((body) => body.split(MARK));
let sent = 0;

function next() {
  const pieces = bodies[sent % bodies.length];
  sent += 1;
  return pieces.join(first + String(sent).padStart(6, "0"));
}

const found = await autocannon({
  url,
  connections: Number(connections),
  duration: Number(seconds),
  timeout: 30,
  method: "POST",
  headers: { "content-type": "application/json", accept: "application/json", "x-cx-tenant": tenant },
  setupClient: (client) => {
    client.setBody(next());
    client.on("response", () => client.setBody(next()));
  },
});

console.log(
  JSON.stringify({
    requests: found["2xx"] + found.non2xx,
    seconds: found.duration,
    p50_ms: found.latency.p50,
    p99_ms: found.latency.p99,
    failed: found.errors + found.non2xx,
  }),
);
