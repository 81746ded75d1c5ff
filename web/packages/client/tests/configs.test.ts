/** Is what a page shows the newest that it was told, in whatever order it was told? */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { answered, config, engine, kept, MemoryStorage, token } from "./wire";

const HOME = { place: "home" };
const [DARK, LIGHT, SIMPLIFIED] = [config("DARK"), config("LIGHT"), config("SIMPLIFIED")];
const LONG_MS = 60_000;

const soon = () => vi.advanceTimersByTimeAsync(0);
const later = () => vi.advanceTimersByTimeAsync(LONG_MS);

describe("the newest config", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is not replaced by an answer to an earlier question", async () => {
    const { open, push, sent } = engine();
    const attune = open();
    const shown: string[] = [];
    attune.subscribe(HOME, ({ revision }) => shown.push(revision));
    await soon();
    const asked = attune.config(HOME);
    await soon();
    push(LIGHT);
    sent[0]?.answer(answered(DARK));
    expect(await asked).toEqual(LIGHT);
    expect(attune.live(HOME).current()).toEqual(LIGHT);
    expect(shown).toEqual(["LIGHT"]);
  });

  it("is the answer to the later of two questions, whichever is answered first", async () => {
    const { open, sent } = engine();
    const attune = open();
    const [first, second] = [attune.config(HOME), attune.config(HOME)];
    await soon();
    sent[1]?.answer(answered(LIGHT));
    expect(await second).toEqual(LIGHT);
    sent[0]?.answer(answered(DARK));
    expect(await first).toEqual(LIGHT);
    expect(attune.live(HOME).current()).toEqual(LIGHT);
  });

  it("is shown by everybody who listens when it is the answer to a question, and followed from there", async () => {
    const { open, push, sent, heard } = engine();
    const attune = open();
    const shown: unknown[] = [];
    attune.subscribe(HOME, ({ revision }, update) => shown.push([revision, update?.cause]));
    await soon();
    push(DARK);
    const asked = attune.config(HOME);
    await soon();
    sent[0]?.answer(answered(LIGHT));
    await asked;
    await soon();
    expect(shown).toEqual([
      ["DARK", "RULE_CHANGED"],
      ["LIGHT", undefined],
    ]);
    // The engine is told, so that it sends another if whoever answered was behind.
    expect(heard("subscribe").map(({ payload }) => payload?.variables)).toEqual([
      { context: HOME },
      { context: HOME, knownRevision: "LIGHT" },
    ]);
    expect(heard("complete").map(({ id }) => id)).toEqual([heard("subscribe")[0]?.id]);
    push(SIMPLIFIED);
    expect(attune.live(HOME).current()).toEqual(SIMPLIFIED);
  });

  it("is followed on as it is where the answer says the same", async () => {
    const { open, push, sent, heard } = engine();
    const attune = open();
    const shown: string[] = [];
    attune.subscribe(HOME, ({ revision }) => shown.push(revision));
    await soon();
    push(DARK);
    const asked = attune.config(HOME);
    await soon();
    sent[0]?.answer(answered({ ...DARK, decidedAt: "2026-11-26T09:00:00Z" }));
    await asked;
    await soon();
    expect(heard("subscribe").length).toBe(1);
    expect(new Set(shown)).toEqual(new Set(["DARK"]));
  });

  it("is told to each of two who listen, also if one of them leaves, comes or fails meanwhile", async () => {
    const { open, push, heard } = engine();
    const attune = open();
    const told: string[] = [];
    const failures: unknown[] = [];
    const tell = (name: string) => () => void told.push(name);
    const stops = [
      attune.subscribe(HOME, () => {
        told.push("first");
        stops[2]?.();
        attune.subscribe(HOME, tell("comes"));
      }),
      attune.subscribe(HOME, () => {
        throw new Error("no");
      }),
      attune.subscribe(HOME, tell("leaves")),
      attune.subscribe(HOME, tell("last")),
    ];
    await soon();
    vi.spyOn(globalThis, "setTimeout").mockImplementationOnce((fails) => {
      failures.push(fails);
      return 0 as unknown as ReturnType<typeof setTimeout>;
    });
    push(DARK);
    await soon();
    // Who comes meanwhile is told for having come.
    expect(told).toEqual(["first", "last", "comes"]);
    expect(failures.length).toBe(1);
    expect(heard("subscribe").length).toBe(1);
  });

  it("is told on to the second of two alike when the first stops", async () => {
    const { open, push } = engine();
    const live = open().live(HOME);
    const told: string[] = [];
    const tell = ({ revision }: { revision: string }) => void told.push(revision);
    const stop = live.listen(tell);
    live.listen(tell);
    await soon();
    stop();
    stop();
    push(DARK);
    expect(told).toEqual(["DARK"]);
  });
});

describe("following", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([
    ["ends the subscription", "complete", undefined],
    ["has no time", "error", [{ message: "away", extensions: { code: "UNAVAILABLE" } }]],
  ])("goes on when the engine %s", async (_, type, payload) => {
    const { open, push, say, heard } = engine();
    const attune = open();
    attune.subscribe(HOME, () => {});
    await soon();
    push(DARK);
    say(type, payload);
    await later();
    expect(heard("subscribe").map(({ payload }) => payload?.variables)).toEqual([
      { context: HOME },
      { context: HOME, knownRevision: "DARK" },
    ]);
  });

  it("ends for good when the engine will never answer otherwise", async () => {
    const { open, say, heard } = engine();
    open().subscribe(HOME, () => {});
    await soon();
    say("error", [{ message: "no such place", extensions: { code: "INVALID" } }]);
    await later();
    expect(heard("subscribe").length).toBe(1);
  });

  it("ends where it was stopped, also while it waits to begin again", async () => {
    const { open, sockets, heard } = engine();
    const attune = open();
    const stop = attune.subscribe(HOME, () => {});
    await soon();
    sockets[0]?.close(1012);
    await soon();
    stop();
    await later();
    expect(sockets.length).toBe(1);
    expect(heard("subscribe").length).toBe(1);
  });

  it("ends when the client is closed, and then nobody begins it again", async () => {
    const { open, sockets } = engine();
    const attune = open();
    attune.subscribe(HOME, () => {});
    await soon();
    attune.close();
    attune.subscribe(HOME, () => {});
    await later();
    expect(sockets.map(({ readyState }) => readyState)).toEqual([3]);
  });

  it("takes no answer over that comes after the client was closed: somebody else may be here", async () => {
    const { open, sent } = engine();
    const storage = new MemoryStorage();
    const attune = open({ storage });
    const asked = attune.config(HOME);
    await soon();
    attune.close();
    sent[0]?.answer(answered(DARK));
    expect(await asked).toEqual(DARK);
    expect(kept(storage)).toEqual([]);
  });
});

describe("what is kept for the next page", () => {
  it("is shown to the same user only, and nothing is kept of who is not known", async () => {
    const { open, sent } = engine();
    const storage = new MemoryStorage();
    const learnt = async (options: Parameters<typeof open>[0]) => {
      const asked = open({ storage, ...options }).config(HOME);
      await vi.waitFor(() => expect(sent.length).toBe(1));
      sent.shift()?.answer(answered(DARK));
      await asked;
    };
    await learnt({ token: async () => token("ann") });
    expect(kept(storage)).toEqual([]);
    await learnt({ token: token("ann") });
    expect(open({ storage }).live(HOME).current()).toEqual(DARK);
    expect(
      open({ storage, token: token("bob") })
        .live(HOME)
        .current(),
    ).toBeNull();
    expect(
      open({ storage, token: async () => token("ann"), user: "ann" })
        .live(HOME)
        .current(),
    ).toEqual(DARK);
    expect(
      open({ storage, token: async () => token("bob") })
        .live(HOME)
        .current(),
    ).toBeNull();
  });
});

describe("a subscription", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("tells what is known once it has returned, so that who is told can stop it", async () => {
    const { open, push, heard } = engine();
    const storage = new MemoryStorage();
    open({ storage }).subscribe(HOME, () => {});
    await soon();
    push(DARK);
    const shown: string[] = [];
    const stop = open({ storage }).subscribe(HOME, ({ revision }) => {
      shown.push(revision);
      stop();
    });
    expect(shown).toEqual([]);
    await Promise.resolve();
    expect(shown).toEqual(["DARK"]);
    await later();
    expect(heard("subscribe").filter(({ payload }) => payload?.variables).length).toBe(1);
  });

  it("that is stopped at once tells nothing", async () => {
    const { open, push } = engine();
    const attune = open();
    const shown: string[] = [];
    attune.subscribe(HOME, () => {});
    await soon();
    push(DARK);
    attune.subscribe(HOME, ({ revision }) => shown.push(revision))();
    await later();
    expect(shown).toEqual([]);
  });

  it("goes over the connection of the one before it, if that has just ended", async () => {
    const { open, sockets, heard } = engine();
    const attune = open();
    attune.subscribe(HOME, () => {})();
    attune.subscribe(HOME, () => {});
    await soon();
    attune.subscribe({ place: "reports" }, () => {})();
    await later();
    expect(sockets.map(({ readyState }) => readyState)).toEqual([1]);
    expect(heard("connection_init").length).toBe(1);
  });

  it("that was the last lets the connection go", async () => {
    const { open, sockets } = engine();
    const stop = open().subscribe(HOME, () => {});
    await soon();
    stop();
    await later();
    expect(sockets.map(({ readyState }) => readyState)).toEqual([3]);
  });

  it("goes over another connection when this one has fallen silent, and says what is known", async () => {
    const { open, push, sockets, heard, fallSilent } = engine();
    open().subscribe(HOME, () => {});
    await soon();
    push(DARK);
    await later();
    expect(sockets.length).toBe(1);
    fallSilent();
    await vi.advanceTimersByTimeAsync(41_000);
    expect(sockets.length).toBe(2);
    expect(heard("subscribe").at(-1)?.payload?.variables).toEqual({ context: HOME, knownRevision: "DARK" });
  });

  it("is one for contexts that ask the same in other words", async () => {
    const { open, heard } = engine();
    const attune = open();
    attune.subscribe({ place: "home", attributes: { beta: true, team: "x" } }, () => {});
    attune.subscribe({ attributes: { team: "x", beta: true }, place: "home" }, () => {});
    await soon();
    expect(heard("subscribe").length).toBe(1);
  });
});
