import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { exports } from "../package.json";

function published(): string[] {
  const [packed] = JSON.parse(
    execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
      cwd: `${import.meta.dirname}/..`,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }),
  );
  return packed.files.map((file: { path: string }) => file.path);
}

describe("what is published", () => {
  const paths = published();

  it("holds whatever applications import, with its types", () => {
    const imported = Object.values(exports).flatMap((conditions) => Object.values(conditions));
    expect(paths).toEqual(expect.arrayContaining(imported.map((path) => path.replace("./", ""))));
    expect(imported).toContain("./dist/react.d.ts");
  });

  it("explains itself, and holds no sources or tests", () => {
    expect(paths).toContain("README.md");
    expect(paths.filter((path) => !/^(README\.md|package\.json|dist\/.+\.(js|d\.ts))$/.test(path))).toEqual([]);
    expect(paths.filter((path) => path.includes(".test."))).toEqual([]);
  });
});
