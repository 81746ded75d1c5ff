/** How does the library come back to an engine that is away, slow, or ends what it has begun? */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { config, engine, token } from "./wire";

const HOME = { place: "home" };
const AWAY = [{ message: "away", extensions: { code: "UNAVAILABLE" } }];

const soon = () => vi.advanceTimersByTimeAsync(0);
const after = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("a connection", () => {
  it("is made again ever more rarely while the engine is away, and soon once it was there", async () => {
    const { open, sockets } = engine();
    let session: Promise<string> = Promise.reject(new Error("away"));
    open({ token: () => session }).subscribe(HOME, () => {});
    const counts = [];
    for (const pause of [0, 499, 1, 999, 1, 1_999, 1]) {
      await after(pause);
      counts.push(sockets.length);
    }
    expect(counts).toEqual([1, 1, 2, 2, 3, 3, 4]);
    session = Promise.resolve(token("ann"));
    await after(4_000);
    expect(sockets.length).toBe(5);
    sockets[4]?.close(1012);
    await after(500);
    expect(sockets.length).toBe(6);
  });

  it("that waits to be made again is not made a second time for another subscription", async () => {
    const { open, sockets, heard } = engine();
    const attune = open();
    attune.subscribe(HOME, () => {});
    await soon();
    sockets[0]?.close(1012);
    attune.subscribe({ place: "reports" }, () => {});
    await after(400);
    expect(sockets.length).toBe(1);
    await after(100);
    expect(sockets.length).toBe(2);
    expect(heard("subscribe").length).toBe(3);
  });

  it("says nothing before the engine knows who speaks, and nothing where it is lost meanwhile", async () => {
    const { open, sockets, heard } = engine();
    const grants: ((granted: string) => void)[] = [];
    const errors: string[] = [];
    const attune = open({
      token: () => new Promise<string>((grant) => void grants.push(grant)),
      onError: ({ code }) => void errors.push(code),
    });
    attune.subscribe(HOME, () => {});
    await soon();
    attune.subscribe({ place: "reports" }, () => {});
    sockets[0]?.close(1012);
    for (const grant of grants.splice(0)) grant(token("ann"));
    await after(500);
    expect([heard("connection_init").length, heard("subscribe").length]).toEqual([0, 0]);
    for (const grant of grants.splice(0)) grant(token("ann"));
    await soon();
    expect(sockets.map(({ heard }) => heard.map(({ type }) => type))).toEqual([
      [],
      ["connection_init", "subscribe", "subscribe"],
    ]);
    expect(errors).toEqual(["UNREACHABLE"]);
  });

  it("that is made anew says nothing before the engine knows who speaks, either", async () => {
    const { open, sockets, heard } = engine();
    const grants: ((granted: string) => void)[] = [];
    const attune = open({ token: () => new Promise<string>((grant) => void grants.push(grant)) });
    attune.subscribe(HOME, () => {});
    await soon();
    grants.pop()?.(token("ann"));
    await soon();
    sockets[0]?.close(1012);
    await after(500);
    attune.subscribe({ place: "reports" }, () => {});
    expect([sockets.length, heard("subscribe").length]).toEqual([2, 1]);
  });

  it("is lost once, also if the token that it waits for fails afterwards", async () => {
    const { open, sockets } = engine();
    const fails: ((error: Error) => void)[] = [];
    const errors: string[] = [];
    open({
      token: () => new Promise<string>((_, reject) => void fails.push(reject)),
      onError: ({ code }) => void errors.push(code),
    }).subscribe(HOME, () => {});
    await soon();
    sockets[0]?.close(1012);
    for (const fail of fails) fail(new Error("too late"));
    await soon();
    expect(errors).toEqual(["UNREACHABLE"]);
  });

  it("that the engine refuses says so", async () => {
    const { open, sockets } = engine();
    const errors: unknown[] = [];
    open({ onError: ({ code, message }) => void errors.push([code, message]) }).subscribe(HOME, () => {});
    await soon();
    sockets[0]?.close(4403, "token expired");
    expect(errors).toEqual([["UNAUTHENTICATED", "token expired"]]);
  });

  it("answers whoever asks whether it is there", async () => {
    const { open, sockets, heard } = engine();
    open().subscribe(HOME, () => {});
    await soon();
    sockets[0]?.say({ type: "ping" });
    expect(heard("pong").length).toBe(1);
  });

  it("leaves nothing to be done once the client is closed", async () => {
    const { open, sockets } = engine();
    const attune = open();
    attune.subscribe(HOME, () => {});
    await soon();
    attune.close();
    expect(sockets[0]?.onclose).toBeNull();
    await after(1_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("that cannot even be begun is tried again, and harms nobody who subscribes", async () => {
    const { open, sockets } = engine();
    const errors: string[] = [];
    let url = "nowhere";
    vi.stubGlobal("document", {
      get baseURI() {
        return url;
      },
    });
    open({ url: "graphql", onError: ({ message }) => void errors.push(message) }).subscribe(HOME, () => {});
    expect(errors.length).toBe(1);
    url = "https://app.test/";
    await after(500);
    expect(sockets.map((one) => one.url)).toEqual(["wss://app.test/graphql"]);
  });
});

describe("a subscription that the engine ends", () => {
  const begun = async () => {
    const world = engine();
    const stop = world.open().subscribe(HOME, () => {});
    await soon();
    return { ...world, stop, asked: () => world.heard("subscribe").length };
  };

  it("is asked for ever more rarely, and soon once something has come", async () => {
    const { say, push, asked } = await begun();
    say("error", AWAY);
    await after(500);
    say("error", AWAY);
    await after(999);
    expect(asked()).toBe(2);
    await after(1);
    expect(asked()).toBe(3);
    push(config("DARK"));
    say("complete");
    await after(500);
    expect(asked()).toBe(4);
  });

  it("is asked for no more where it was stopped meanwhile", async () => {
    const { say, stop, asked } = await begun();
    say("complete");
    stop();
    await after(900);
    expect(asked()).toBe(1);
  });

  it("for good is not asked for over another connection", async () => {
    const { open, say, heard, sockets } = engine();
    const attune = open();
    attune.subscribe(HOME, () => {});
    attune.subscribe({ place: "nowhere" }, () => {});
    await soon();
    say("error", [{ message: "no such place", extensions: { code: "BAD_USER_INPUT" } }]);
    sockets[0]?.close(1012);
    await after(500);
    expect(heard("subscribe").map(({ payload }) => payload?.variables)).toEqual([
      { context: HOME },
      { context: { place: "nowhere" } },
      { context: HOME },
    ]);
  });

  it("is asked for once where the connection is lost meanwhile, too", async () => {
    const { say, sockets, asked } = await begun();
    say("error", AWAY);
    await after(500);
    say("error", AWAY);
    sockets[0]?.close(1012);
    await after(2_000);
    expect(asked()).toBe(3);
  });
});
