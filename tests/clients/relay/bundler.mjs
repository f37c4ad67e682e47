// What stands here for a bundler with Relay's plugin: `graphql` documents become the artifacts that
// relay-compiler wrote, and what `relay-runtime` exports can be imported by name.
import { createRequire, registerHooks } from "node:module";

const DOCUMENT = /graphql`\s*(?:query|mutation|subscription|fragment)\s+(\w+)[^`]*`/g;
const BY_NAME = new URL("by-name.mjs", import.meta.url).href;
const names = Object.keys(createRequire(import.meta.url)("relay-runtime"));

function withArtifacts(source) {
  const imports = [];
  const code = source.replace(DOCUMENT, (_, name) => {
    imports.push(`import ${name}_document from "./generated/${name}.graphql";`);
    return `${name}_document`;
  });
  return imports.join(" ") + code;
}

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === "relay-runtime" && context.parentURL.endsWith(".ts")) {
      return { url: BY_NAME, format: "module", shortCircuit: true };
    }
    return next(specifier.endsWith(".graphql") ? `${specifier}.ts` : specifier, context);
  },
  load(url, context, next) {
    if (url === BY_NAME) {
      const source = `import all from "relay-runtime"; export const { ${names} } = all;`;
      return { format: "module", source, shortCircuit: true };
    }
    const loaded = next(url, context);
    if (!url.endsWith(".ts") || url.includes("/node_modules/")) return loaded;
    return { ...loaded, source: withArtifacts(String(loaded.source)) };
  },
});
