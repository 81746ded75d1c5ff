/** Does the library work wherever a page may be: behind other addresses, on servers, where browsers forbid things? */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AttuneError, createAttune } from "../src/index";
import { answered, config, engine, MemoryStorage, stored, token } from "./wire";

const HOME = { place: "home" };
const DARK = config("DARK");
const CLICK = { kind: "CLICK" as const, target: "save" };

const soon = () => vi.advanceTimersByTimeAsync(0);
const later = () => vi.advanceTimersByTimeAsync(60_000);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("an address", () => {
  it.each([
    ["https://app.test/of/a/proxy/graphql", "wss://app.test/of/a/proxy/graphql"],
    ["http://app.test/graphql/", "ws://app.test/graphql"],
  ])("%s is asked, and followed", async (url, followed) => {
    const { open, sent, sockets } = engine();
    const attune = open({ url });
    attune.subscribe(HOME, () => {});
    void attune.config(HOME);
    await soon();
    expect(sockets.map((one) => one.url)).toEqual([followed]);
    expect(sent.map((one) => one.url)).toEqual([url.replace(/\/$/, "")]);
  });

  it("may be relative to the page", async () => {
    vi.stubGlobal("document", { baseURI: "https://app.test/shop/index.html" });
    const { open, sockets } = engine();
    open({ url: "../graphql" }).subscribe(HOME, () => {});
    await soon();
    expect(sockets.map((one) => one.url)).toEqual(["wss://app.test/graphql"]);
  });

  it("of another engine gets nothing that was kept for this one", async () => {
    const { open, sent } = engine();
    const storage = new MemoryStorage();
    const first = open({ storage });
    first.track(CLICK);
    first.close();
    await soon();
    await open({ storage, url: "http://other.test/graphql" }).flush();
    expect(sent).toEqual([]);
    void open({ storage }).flush();
    await soon();
    expect(sent.length).toBe(1);
  });
});

describe("where there is no WebSocket", () => {
  beforeEach(() => void vi.stubGlobal("WebSocket", undefined));

  it("configs are asked for, interactions sent, and who subscribes learns why that fails", async () => {
    const { open, sent } = engine();
    const attune = open({ webSocketImpl: undefined });
    const asked = attune.config(HOME);
    attune.track(CLICK);
    const flushed = attune.flush();
    await soon();
    for (const one of sent) one.answer({ ...answered(DARK), ...stored });
    expect(await asked).toEqual(DARK);
    await flushed;
    expect(() => attune.subscribe(HOME, () => {})).toThrow("webSocketImpl");
  });
});

describe("where a page has no TLS", () => {
  it("keys are made up all the same, and none twice", async () => {
    vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
    const { open, sent } = engine();
    const attune = open();
    attune.track(CLICK, CLICK);
    void attune.flush();
    await soon();
    const keys = sent.flatMap(({ variables }) => variables.input as { key: string }[]).map(({ key }) => key);
    expect(new Set(keys).size).toBe(2);
    expect(keys.every((key) => /^[0-9a-z-]{20,64}$/.test(key))).toBe(true);
  });
});

describe("a browser's storage", () => {
  const full = Object.assign(new MemoryStorage(), {
    setItem: () => {
      throw new DOMException("full", "QuotaExceededError");
    },
  });
  const forbidden = new Proxy(new MemoryStorage(), {
    get: () => {
      throw new DOMException("no", "SecurityError");
    },
  });

  it.each([
    ["that is full", full],
    ["that may not be used", forbidden],
  ])("%s keeps nobody from anything", async (_, storage) => {
    const { open, push, sent } = engine();
    const attune = open({ storage });
    const shown: string[] = [];
    attune.subscribe(HOME, ({ revision }) => shown.push(revision));
    attune.track(CLICK);
    void attune.flush();
    await soon();
    push(DARK);
    expect(shown).toEqual(["DARK"]);
    expect(sent.length).toBe(1);
  });

  it.each([
    [
      "that may not be looked at",
      {
        get() {
          throw new DOMException("no", "SecurityError");
        },
      },
    ],
    ["that there is none of", { get: () => null }],
  ])("%s is done without", (_, property) => {
    const own = Object.getOwnPropertyDescriptor(globalThis, "localStorage");
    Object.defineProperty(globalThis, "localStorage", { ...property, configurable: true });
    try {
      const attune = createAttune({ url: "http://engine.test/graphql", token: token("ann") });
      attune.track(CLICK);
      attune.close();
    } finally {
      if (own) Object.defineProperty(globalThis, "localStorage", own);
      else Reflect.deleteProperty(globalThis, "localStorage");
    }
  });
});

describe("what fails in the background", () => {
  it("is told to the application, with whether the library tries again", async () => {
    const { open, sockets, say, sent } = engine();
    const errors: AttuneError[] = [];
    const attune = open({ onError: (error) => errors.push(error) });
    attune.subscribe(HOME, () => {});
    attune.track(CLICK);
    void attune.flush();
    await soon();
    say("error", [{ message: "no such place", extensions: { code: "BAD_USER_INPUT" } }]);
    sent[0]?.fail();
    await soon();
    sockets[0]?.close(1012, "restart");
    expect(errors.every((error) => error instanceof AttuneError)).toBe(true);
    expect(errors.map(({ message, code, retryable }) => [message, code, retryable])).toEqual([
      ["no such place", "BAD_USER_INPUT", false],
      ["away", "UNREACHABLE", true],
      ["restart", "UNREACHABLE", true],
    ]);
  });

  it("is told where no token can be had, and harms nobody if who is told fails", async () => {
    const { open, sockets } = engine();
    const told: string[] = [];
    const attune = open({
      token: () => Promise.reject(new Error("signed out")),
      onError: ({ code, message }) => void told.push(`${code}: ${message}`),
    });
    attune.subscribe(HOME, () => {});
    await later();
    expect(sockets.length).toBeGreaterThan(2);
    expect(new Set(told)).toEqual(new Set(["UNAUTHENTICATED: Error: signed out"]));
  });
});

describe("an application that fails when it is told something", () => {
  it.each(["onError", "onRefused"] as const)("hears of it, and nothing else changes (%s)", async (name) => {
    const { open, sent } = engine();
    const attune = open({
      [name]: () => {
        throw new Error("not prepared");
      },
    });
    attune.track(CLICK, { ...CLICK, properties: { count: 1n } });
    void attune.flush();
    const failures: Error[] = [];
    const heard = (error: Error) => void failures.push(error);
    await soon().catch(heard);
    sent[0]?.fail();
    await soon().catch(heard);
    await later().catch(heard);
    expect(failures.map(({ message }) => message)).toEqual(["not prepared"]);
    expect(sent.length).toBe(2);
    expect(new Set(sent.map(({ variables }) => JSON.stringify(variables))).size).toBe(1);
  });
});
