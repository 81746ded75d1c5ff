// Beside every text of the given folders: the same compressed, once and as small as can be. `node compress.mjs DIST ...`
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const TEXTS = /\.(html|js|css|svg)$/;

for (const dist of process.argv.slice(2)) {
  for (const name of readdirSync(dist, { recursive: true })) {
    if (!TEXTS.test(name)) continue;
    const file = join(dist, name);
    writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
  }
}
