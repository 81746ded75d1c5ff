import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { kept, MemoryStorage } from "../tests/wire";
import { AttuneError, type Post } from "./endpoint";
import type { InteractionInput } from "./generated/operations";
import { localInstant, outbox } from "./outbox";
import { shelf } from "./shelf";

type Answer = { userErrors: { message: string; path: string[] }[] } | Error;

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

  const opened = (post: Post, storage: Storage = new MemoryStorage(), page = "page") => {
    const refusals: string[] = [];
    const refused = (one: InteractionInput, reason: string) => void refusals.push(`${one.target}: ${reason}`);
    return { ...outbox({ post, shelf: shelf("ann", storage), refused, page }), refusals };
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

  it("says what time it was where the user is", () => {
    const at = new Date("2026-11-26T08:00:00.000Z");
    vi.spyOn(at, "getTimezoneOffset").mockReturnValue(-330);
    expect(localInstant(at)).toBe("2026-11-26T13:30:00.000+05:30");
    vi.spyOn(at, "getTimezoneOffset").mockReturnValue(210);
    expect(localInstant(at)).toBe("2026-11-26T04:30:00.000-03:30");
  });
});
