// `node play.mjs STORY ORIGIN ADMIN_TOKEN` plays one of stories/ against a running engine. A story that needs something
// done to the engine says so on standard output, and goes on when standard input has another line.
import { createInterface } from "node:readline";
import { browsing, withoutRules } from "./browsing.mjs";

const [story, origin, adminToken] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function request(wish) {
  console.log(wish);
  await lines.next();
}

const { default: play } = await import(`./stories/${story}.mjs`);
await browsing(origin, adminToken, async (world) => {
  await withoutRules(world.ask);
  await play({ ...world, request });
});
process.exit(0);
