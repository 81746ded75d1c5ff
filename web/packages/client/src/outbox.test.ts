import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { kept, MemoryStorage } from "../tests/wire";
import { AttuneError, type Post } from "./endpoint";
import type { InteractionInput } from "./generated/operations";
import { outbox } from "./outbox";
import { shelf } from "./shelf";
import { localInstant, unsentOf } from "./unsent";

type Answer = { userErrors: { message: string; path: string[]; code?: string }[] } | Error;

/** Stands at the wire: what was sent, and what the engine answers to it. */
function engine(...answers: Answer[]) {
  const sent: InteractionInput[][] = [];
  const post = (async (_query: string, variables: { input: InteractionInput[] }) => {
    sent.push(variables.input);
    const answer = answers.shift() ?? { userErrors: [] };
    if (answer instanceof Error) throw answer;
    return { trackInteractions: { accepted: 0, duplicates: 0, ...answer } };
  }) as unknown as Post;
  return { post, sent };
}

const away = () => new AttuneError("away", "UNAVAILABLE", true);
const click = (target: string) => ({ kind: "CLICK" as const, target });
const targets = (batch: InteractionInput[] | undefined) => batch?.map((one) => one.target);

describe("what users do", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const clock = { aheadMs: 0 };
  const opened = (post: Post, storage: Storage = new MemoryStorage(), page = "page") => {
    const refusals: string[] = [];
    const refused = (one: InteractionInput, reason: string) => void refusals.push(`${one.target}: ${reason}`);
    const failures: string[] = [];
    const unsent = unsentOf(shelf("ann", storage), page, refused);
    return { ...outbox(post, unsent, clock, ({ code }) => void failures.push(code)), refusals, failures };
  };

  it("is sent together, a second after the first of it", async () => {
    const { post, sent } = engine();
    const box = opened(post);
    box.add(click("a"));
    box.add(click("b"));
    await vi.advanceTimersByTimeAsync(999);
    expect(sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent.map(targets)).toEqual([["a", "b"]]);
  });

  it("is sent again with the same keys until the engine has it, ever more rarely", async () => {
    const { post, sent } = engine(away(), away());
    const box = opened(post);
    box.add(click("a"));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(sent.length).toBe(3);
    expect(new Set(sent.map(([one]) => one?.key)).size).toBe(1);
  });

  it("is sent soon again once the engine is back", async () => {
    const { post, sent } = engine(away(), away(), away());
    const box = opened(post);
    box.add(click("a"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent.length).toBe(4);
    box.add(click("b"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent.slice(4).map(targets)).toEqual([["b"]]);
  });

  it("keeps the key and the time that it was given", async () => {
    const { post, sent } = engine();
    const box = opened(post);
    const given = { ...click("a"), key: "of the application", occurredAt: "2026-11-26T08:00:00+01:00" };
    box.add(given);
    await box.flush();
    expect(sent).toEqual([[given]]);
  });

  it("is sent by the next page if this one ends before the engine has it", async () => {
    const storage = new MemoryStorage();
    const lost = engine(away());
    const first = opened(lost.post, storage, "first");
    first.add(click("a"));
    await first.flush();
    first.close();
    const { post, sent } = engine();
    await opened(post, storage, "second").flush();
    expect(sent).toEqual(lost.sent);
    expect(kept(storage)).toEqual([]);
  });

  it("is given up one by one where the engine says what is wrong, and the rest is sent", async () => {
    const { post, sent } = engine({ userErrors: [{ message: "too long", path: ["input", "1", "target"] }] });
    const box = opened(post);
    box.add(click("a"), click("b"), click("c"));
    await box.flush();
    expect(sent.map(targets)).toEqual([
      ["a", "b", "c"],
      ["a", "c"],
    ]);
    expect(box.refusals).toEqual(["b: too long"]);
  });

  it("is not sent again when it never will be accepted", async () => {
    const { post, sent } = engine(new AttuneError("not yours", "FORBIDDEN", false));
    const box = opened(post);
    box.add(click("a"));
    await box.flush();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(sent.length).toBe(1);
    expect(box.refusals).toEqual(["a: not yours"]);
  });

  it("is sent in parts of five hundred, and beyond two thousand the oldest that cannot be under way is given up", async () => {
    const { post, sent } = engine();
    const box = opened(post);
    box.add(...Array.from({ length: 2_000 }, (_, number) => click(`${number}`)));
    const flushed = box.flush();
    box.add(click("one"), click("two"));
    await flushed;
    expect(sent.map((batch) => batch.length)).toEqual([500, 500, 500, 500]);
    expect(sent[0]?.[499]?.target).toBe("499");
    expect(sent[1]?.[0]?.target).toBe("502");
    expect(box.refusals).toEqual(["500", "501"].map((target) => `${target}: Too many interactions wait.`));
  });

  it("is refused alone where the engine judges a batch as a whole, and the others are sent", async () => {
    const sent: InteractionInput[][] = [];
    const post = (async (_query: string, { input }: { input: InteractionInput[] }) => {
      sent.push(input);
      if (input.some(({ target }) => target === "wrong"))
        throw new AttuneError("no such kind", "BAD_USER_INPUT", false);
      return { trackInteractions: { accepted: input.length, duplicates: 0, userErrors: [] } };
    }) as unknown as Post;
    const box = opened(post);
    box.add(...["a", "b", "wrong", "c", "d", "e"].map(click));
    await box.flush();
    const arrived = sent.filter((batch) => batch.every(({ target }) => target !== "wrong")).flatMap(targets);
    expect(arrived).toEqual(["a", "b", "c", "d", "e"]);
    expect(box.refusals).toEqual(["wrong: no such kind"]);
  });

  it("is sent in smaller parts where somebody between finds one too large", async () => {
    const sizes: number[] = [];
    const post = (async (_query: string, { input }: { input: InteractionInput[] }) => {
      sizes.push(input.length);
      if (input.length > 130) throw new AttuneError("too large", "PAYLOAD_TOO_LARGE", false);
      return { trackInteractions: { accepted: input.length, duplicates: 0, userErrors: [] } };
    }) as unknown as Post;
    const box = opened(post);
    box.add(...Array.from({ length: 300 }, () => click("a")));
    await box.flush();
    expect(sizes).toEqual([300, 150, 75, 225, 113, 112]);
    expect(box.refusals).toEqual([]);
  });

  it("is as it was when it was told, whatever the application makes of it", async () => {
    const { post, sent } = engine();
    const box = opened(post);
    const properties = { cart: [1] };
    box.add({ ...click("a"), key: undefined, properties });
    properties.cart.push(2);
    await box.flush();
    expect(sent[0]).toMatchObject([{ target: "a", properties: { cart: [1] } }]);
    expect(sent[0]?.[0]?.key).toBeTruthy();
  });

  it("of a device whose clock is ahead is dated again by the engine's, once", async () => {
    const now = Date.parse("2026-11-26T08:00:00.000Z");
    vi.setSystemTime(now);
    const future = (...at: string[]) => ({
      userErrors: at.map((index) => ({
        message: "future",
        path: ["input", index, "occurredAt"],
        code: "IN_THE_FUTURE",
      })),
    });
    const { post, sent } = engine(future("0", "1"));
    const box = opened(post);
    clock.aheadMs = 3_600_000;
    box.add(click("a"), { ...click("tomorrow"), occurredAt: "2026-11-27T08:00:00.000Z" });
    await box.flush();
    clock.aheadMs = 0;
    const [first, second] = sent.map(([one]) => one);
    expect(sent.map(targets)).toEqual([["a", "tomorrow"], ["a"]]);
    expect(second?.key).toBe(first?.key);
    expect(Date.parse(second?.occurredAt ?? "")).toBe(now - 3_600_000);
    expect(box.refusals).toEqual(["tomorrow: future"]);
  });

  it("is refused for lying in the future where the clock is right", async () => {
    const answer = { message: "future", path: ["input", "0", "occurredAt"], code: "IN_THE_FUTURE" };
    const { post, sent } = engine({ userErrors: [answer] });
    const box = opened(post);
    clock.aheadMs = 900;
    box.add({ ...click("a"), occurredAt: "2020-01-01T00:00:00Z" });
    await box.flush();
    clock.aheadMs = 0;
    expect(sent.length).toBe(1);
    expect(box.refusals).toEqual(["a: future"]);
  });

  it("is refused at once where it cannot be written, and keeps nobody else's from being sent", async () => {
    const { post, sent } = engine();
    const box = opened(post);
    box.add({ ...click("large"), properties: { count: 1n } }, click("a"));
    await box.flush();
    expect(sent.map(targets)).toEqual([["a"]]);
    expect(box.refusals.length).toBe(1);
  });

  it("costs a page little while nobody can be reached, however much it is", async () => {
    const { post } = engine(away());
    const storage = new MemoryStorage();
    const written = vi.spyOn(storage, "setItem");
    const box = opened(post, storage);
    for (let number = 0; number < 10_000; number++) box.add(click(`${number}`));
    await vi.advanceTimersByTimeAsync(0);
    // Each refusal of the oldest is kept, and all that is added at once is kept once.
    expect(written.mock.calls.length).toBeLessThanOrEqual(1);
    expect(JSON.parse(written.mock.calls[0]?.[1] ?? "[]").length).toBe(2_000);
    expect(box.refusals.length).toBe(8_000);
  });

  it("is told to be failing, and for which reason", async () => {
    const { post } = engine(away());
    const box = opened(post);
    box.add(click("a"));
    await box.flush();
    expect(box.failures).toEqual(["UNAVAILABLE"]);
  });

  it("is sent while the page is left only as far as it fits", async () => {
    const { post, sent } = engine();
    const box = opened(post);
    box.add(
      ...Array.from({ length: 9 }, (_, number) => ({ ...click(`${number}`), properties: { text: "x".repeat(4_000) } })),
    );
    await box.flush(true);
    expect(sent.map(targets)).toEqual([["0", "1", "2", "3"]]);
    expect(JSON.stringify(sent[0]).length).toBeLessThan(21_000);
    box.forget();
    box.add({ ...click("large"), properties: { text: "x".repeat(30_000) } });
    await box.flush(true);
    expect(sent.slice(1).map(targets)).toEqual([["large"]]);
  });

  it("says what time it was where the user is", () => {
    const at = new Date("2026-11-26T08:00:00.000Z");
    vi.spyOn(at, "getTimezoneOffset").mockReturnValue(-330);
    expect(localInstant(at)).toBe("2026-11-26T13:30:00.000+05:30");
    vi.spyOn(at, "getTimezoneOffset").mockReturnValue(210);
    expect(localInstant(at)).toBe("2026-11-26T04:30:00.000-03:30");
  });
});
