import { afterEach, describe, expect, it, vi } from "vitest";
import { forgetVisitor, NoTokens, visitorId, visitorTokens } from "./visitors";

function memory(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  } as Storage;
}

const forbidden = () => {
  throw new DOMException("no", "SecurityError");
};
const token = (exp?: number) => `head.${btoa(JSON.stringify({ sub: "demo-x", exp }))}.signature`;

describe("a visitor", () => {
  it("stays who they are until they are forgotten, and is somebody whom the engine lets in", () => {
    const storage = memory();
    const first = visitorId(() => storage);
    expect(first).toMatch(/^demo-[a-z0-9-]{8,64}$/);
    expect(visitorId(() => storage)).toBe(first);
    forgetVisitor(() => storage);
    expect(visitorId(() => storage)).not.toBe(first);
  });

  it("is somebody also where a page may keep nothing", () => {
    expect(visitorId(forbidden)).toMatch(/^demo-/);
    expect(() => forgetVisitor(forbidden)).not.toThrow();
  });
});

describe("a visitor's token", () => {
  afterEach(() => void vi.unstubAllGlobals());

  const engine = (...answers: Response[]) => {
    vi.stubGlobal("document", { baseURI: "http://engine.test/demo/" });
    vi.stubGlobal("fetch", async () => answers.shift() ?? new Response(null, { status: 500 }));
    return visitorTokens("demo-x");
  };
  const granted = (text: string) => new Response(JSON.stringify({ token: text }));

  it("is asked for once, and anew when it expires or is to be renewed", async () => {
    const soon = token(Date.now() / 1000 + 5);
    const tokens = engine(granted(soon), granted(token()), granted(token(99_999_999_999)));
    expect(await tokens.token()).toBe(soon);
    expect(await tokens.token()).toBe(token());
    expect(await tokens.token()).toBe(token());
    tokens.renew();
    expect(await tokens.token()).toBe(token(99_999_999_999));
  });

  it("is none where the engine gives none, which is not the same as being away", async () => {
    const tokens = engine(new Response(null, { status: 404 }), new Response(null, { status: 503 }), granted(token()));
    await expect(tokens.token()).rejects.toBeInstanceOf(NoTokens);
    await expect(tokens.token()).rejects.not.toBeInstanceOf(NoTokens);
    expect(await tokens.token()).toBe(token());
  });
});
