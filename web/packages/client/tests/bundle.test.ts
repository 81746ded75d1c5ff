import { build, type Rolldown } from "vite";
import { describe, expect, it } from "vitest";

const MOST_BYTES = 6_000;

/** What a page loads that uses the whole library, minified as Vite does it for applications. */
async function bundled(entry: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: "silent",
    root: `${import.meta.dirname}/..`,
    build: { write: false, minify: true, rolldownOptions: { input: entry, preserveEntrySignatures: "strict" } },
  });
  const { output } = result as Rolldown.RolldownOutput;
  return output.flatMap((part) => (part.type === "chunk" ? [part.code] : [])).join("");
}

async function gzipped(text: string): Promise<number> {
  const compressed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(compressed).arrayBuffer()).byteLength;
}

describe("what the library costs a page", () => {
  it("is less than 6,000 bytes with its only dependency", async () => {
    const code = await bundled("src/index.ts");
    // Nothing is measured but the whole of it.
    expect(code).toContain("connection_init");
    expect(code).toContain("trackInteractions");
    expect(code).not.toContain("react");
    expect(await gzipped(code)).toBeLessThan(MOST_BYTES);
  });
});
