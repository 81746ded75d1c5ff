/** Is what a user does, and did not want to be recorded, never taken for something else, or for somebody else's? */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { engine, kept, MemoryStorage, stored, token } from "./wire";

const CLICK = { kind: "CLICK" as const, target: "save" };
const LONG_MS = 120_000;
const CHOSEN = { setPersonalization: { personalization: { enabled: false } } };

const soon = () => vi.advanceTimersByTimeAsync(0);
const later = () => vi.advanceTimersByTimeAsync(LONG_MS);

/** A token that is granted when the test says so. */
function session() {
  const waiting: ((token: string) => void)[] = [];
  return {
    waiting,
    token: () => new Promise<string>((grant) => void waiting.push(grant)),
    grant: (granted: string) => {
      for (const one of waiting.splice(0)) one(granted);
    },
  };
}

describe("a token", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is asked for once by all who wait for it, and anew by who comes after", async () => {
    const { open, sent } = engine();
    const { token: asked, waiting, grant } = session();
    const attune = open({ token: asked });
    attune.track(CLICK);
    attune.subscribe({ place: "home" }, () => {});
    void attune.flush();
    void attune.config({ place: "home" });
    await soon();
    expect(waiting.length).toBe(1);
    grant(token("ann"));
    await soon();
    expect(sent.length).toBe(2);
    void attune.config({ place: "home" });
    await soon();
    expect(waiting.length).toBe(1);
  });

  it("of somebody else speaks for nothing that was done before", async () => {
    const { open, sent } = engine();
    const granted = [token("ann"), token("bob"), token("ann")];
    const attune = open({ token: () => granted.shift() ?? "" });
    attune.track(CLICK);
    const first = attune.flush();
    await soon();
    sent[0]?.fail();
    await first;
    await attune.flush();
    expect(sent.length).toBe(1);
    const third = attune.flush();
    await soon();
    sent[1]?.answer(stored);
    await third;
    expect(sent.map(({ authorization }) => authorization)).toEqual(Array(2).fill(`Bearer ${token("ann")}`));
  });

  it("that comes after the client was closed sends nothing: what is unsent waits for the user's next page", async () => {
    const { open, sent } = engine();
    const storage = new MemoryStorage();
    const { token: asked, grant } = session();
    const attune = open({ token: asked, user: "ann", storage });
    attune.track(CLICK);
    const flushed = attune.flush();
    const config = attune.config({ place: "home" });
    attune.close();
    const refused = expect(config).rejects.toMatchObject({ code: "UNAUTHENTICATED", retryable: true });
    grant(token("bob"));
    await flushed;
    await refused;
    await later();
    expect(sent).toEqual([]);
    expect(kept(storage).length).toBe(1);
    open({ storage, token: token("ann") });
    await later();
    expect(sent.map(({ authorization }) => authorization)).toEqual([`Bearer ${token("ann")}`]);
  });
});

describe("a choice about personalization", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is told once nothing is under way, and what was done before is sent no more", async () => {
    const { open, sent } = engine();
    const storage = new MemoryStorage();
    const attune = open({ storage });
    attune.track(CLICK);
    const flushed = attune.flush();
    await soon();
    attune.track(CLICK);
    const chosen = attune.setPersonalization(false);
    expect(kept(storage)).toEqual([]);
    await soon();
    expect(sent.length).toBe(1);
    sent[0]?.fail();
    await flushed;
    await soon();
    expect(sent.slice(1).map(({ variables }) => variables)).toEqual([{ enabled: false }]);
    sent[1]?.answer(CHOSEN);
    await chosen;
    await later();
    expect(sent.length).toBe(2);
  });

  it("lets what is done after it be sent", async () => {
    const { open, sent } = engine();
    const attune = open();
    const chosen = attune.setPersonalization(true);
    await soon();
    attune.track({ ...CLICK, target: "after" });
    sent[0]?.answer(CHOSEN);
    await chosen;
    await later();
    expect(sent.slice(1).map(({ variables }) => variables)).toMatchObject([{ input: [{ target: "after" }] }]);
  });

  it("is told to whoever made it if it does not arrive", async () => {
    const { open, sent } = engine();
    const chosen = expect(open().setPersonalization(false)).rejects.toMatchObject({ code: "UNREACHABLE" });
    await soon();
    sent[0]?.fail();
    await chosen;
  });
});

describe("a page that is left", () => {
  const pagehide = () => globalThis.dispatchEvent(new Event("pagehide"));

  beforeEach(() => {
    const page = new EventTarget();
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
    vi.stubGlobal("dispatchEvent", page.dispatchEvent.bind(page));
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("while it waits to send again sends at once, and goes on if it comes back", async () => {
    const { open, sent } = engine();
    const attune = open();
    attune.track(CLICK);
    const flushed = attune.flush();
    await soon();
    sent[0]?.fail();
    await flushed;
    pagehide();
    await soon();
    sent[1]?.fail();
    await later();
    const keys = sent.map(({ variables }) => (variables.input as { key: string }[])[0]?.key);
    expect(keys.length).toBe(3);
    expect(new Set(keys).size).toBe(1);
  });

  it.each(["pagehide", "visibilitychange"])("sends what fits, and the rest if it comes back (%s)", async (event) => {
    const { open, sent } = engine();
    open().track(...Array.from({ length: 70 }, () => CLICK));
    globalThis.dispatchEvent(new Event(event));
    await soon();
    sent[0]?.answer(stored);
    await later();
    expect(sent.map(({ variables }) => (variables.input as unknown[]).length)).toEqual([50, 20]);
    expect(sent.map(({ keepalive }) => keepalive)).toEqual([true, false]);
  });
});
