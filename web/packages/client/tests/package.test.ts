/** Does the library work as it is published: installed from what `npm pack` makes, and used as its README says? */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exports } from "../package.json";

const ROOT = `${import.meta.dirname}/..`;
const MODULES = `${ROOT}/../../node_modules`;

const run = (program: string, options: string[], cwd: string) =>
  execFileSync(program, options, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** What the README shows, in a language. */
const shown = (language: string): string[] =>
  [...readFileSync(`${ROOT}/README.md`, "utf8").matchAll(/```(\w+)\n(.*?)```/gs)].flatMap(([, named, code]) =>
    named === language && code ? [code] : [],
  );

const GIVEN = `
declare const session: { attuneToken: () => Promise<string>; userId: string };
declare const Skeleton: () => null;
`;
const WITHOUT_DOM = `
import { createAttune, type Config } from "@attune/client";
const attune = createAttune({ url: "http://engine.test/graphql", token: "of a user" });
export const read = async (): Promise<unknown> => (await attune.config({ place: "home" })).parameters["welcome_text"];
export const kinds: Config["theme"]["mode"][] = ["DARK"];
// @ts-expect-error there is no such kind
attune.track({ kind: "NOPE" });
`;

describe("what is published", () => {
  let folder: string;
  const installed = () => join(folder, "node_modules/@attune/client");
  const paths = () =>
    readdirSync(installed(), { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [join(entry.parentPath, entry.name).slice(installed().length + 1)] : [],
    );

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "attune-client-"));
    run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], ROOT);
    run("mkdir", ["-p", installed()], folder);
    const [packed = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
    run("tar", ["-xzf", packed, "-C", installed(), "--strip-components=1"], folder);
    for (const name of ["react", "@types"]) symlinkSync(`${MODULES}/${name}`, join(folder, "node_modules", name));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("holds whatever applications import, with its types", () => {
    const imported = Object.values(exports).flatMap((given) =>
      typeof given === "string" ? given : Object.values(given),
    );
    expect(paths()).toEqual(expect.arrayContaining(imported.map((path) => path.replace("./", ""))));
    expect(imported).toContain("./dist/react.d.ts");
  });

  it("explains itself, and holds no sources or tests", () => {
    expect(paths()).toContain("README.md");
    expect(paths().filter((path) => !/^(README\.md|package\.json|dist\/.+\.(js|d\.ts|json))$/.test(path))).toEqual([]);
    expect(paths().filter((path) => path.includes(".test."))).toEqual([]);
  });

  it("can be loaded by a page as it is: it imports nothing but itself, and React where React is used", () => {
    const imports = paths()
      .filter((path) => path.endsWith(".js"))
      .flatMap((path) => [...readFileSync(join(installed(), path), "utf8").matchAll(/from\s*["']([^"']+)["']/g)])
      .map(([, from]) => from ?? "");
    expect(new Set(imports.filter((from) => !from.startsWith("./")))).toEqual(new Set(["react", "react/jsx-runtime"]));
  });

  it("runs in a script", () => {
    const script = `import { createAttune } from "@attune/client";
      const attune = createAttune({ url: "http://engine.test/graphql", token: "of a user" });
      attune.close();
      console.log(Object.keys(attune).join(" "));`;
    const said = run(process.execPath, ["--input-type=module", "--eval", script], folder);
    expect(said.trim()).toBe("config subscribe track flush setPersonalization live close");
  });

  it.each([
    ["bundler", "esnext"],
    ["node16", "node16"],
  ])("has types that hold in strict applications, and so has its README (%s)", (resolution, module) => {
    const [used = "", rendered = ""] = [shown("ts")[0], shown("tsx")[0]];
    expect(used && rendered).toBeTruthy();
    writeFileSync(join(folder, "readme.tsx"), `${rendered}\n${used}\n${GIVEN}\nexport { stop };`);
    writeFileSync(join(folder, "without-dom.ts"), WITHOUT_DOM);
    const strict = [
      ..."--noEmit --strict --noUncheckedIndexedAccess --exactOptionalPropertyTypes --skipLibCheck false".split(" "),
      ...`--jsx react-jsx --target es2022 --moduleResolution ${resolution} --module ${module}`.split(" "),
    ];
    const tsc = `${MODULES}/.bin/tsc`;
    run(tsc, [...strict, "--lib", "es2022,dom,dom.iterable", "--types", "react", "readme.tsx"], folder);
    run(tsc, [...strict, "--lib", "es2022", "--types", "node", "without-dom.ts"], folder);
  });
});
