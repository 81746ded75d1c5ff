// Which files make up the GraphiQL page? Copies ours and the prebuilt ones from node_modules to dist/; no bundler.
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const packages = join(here, "node_modules");
const dist = join(here, "dist");
const vendored = {
  "react.js": "react/umd/react.production.min.js",
  "react-dom.js": "react-dom/umd/react-dom.production.min.js",
  "graphql-ws.js": "graphql-ws/umd/graphql-ws.min.js",
  "graphiql.js": "graphiql/graphiql.min.js",
  "graphiql.css": "graphiql/graphiql.min.css",
  "explorer.js": "@graphiql/plugin-explorer/dist/index.umd.js",
  "explorer.css": "@graphiql/plugin-explorer/dist/style.css",
};

// The source maps (6 MB) stay behind, so the comments that name them would only make developer tools complain.
const sourceMapComment = /\n(?:\/\/# sourceMappingURL=\S+|\/\*# sourceMappingURL=\S+\s*\*\/)\s*$/;

await rm(dist, { recursive: true, force: true });
await cp(join(here, "page"), dist, { recursive: true });
await mkdir(join(dist, "vendor"));
for (const [name, source] of Object.entries(vendored)) {
  const text = await readFile(join(packages, source), "utf8");
  await writeFile(join(dist, "vendor", name), text.replace(sourceMapComment, "\n"));
}
