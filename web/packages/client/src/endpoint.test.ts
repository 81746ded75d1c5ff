import { describe, expect, it } from "vitest";
import { AttuneError, poster } from "./endpoint";

const clock = { aheadMs: 0 };
const asking = (...given: ConstructorParameters<typeof Response>) => {
  const post = poster(
    "http://engine.test",
    async () => "token",
    async () => new Response(...given),
    clock,
  );
  return post("{ viewer { id } }", {}).catch((error: unknown) => error);
};
const refusal = (code: string) => JSON.stringify({ errors: [{ message: "no", extensions: { code } }] });

describe("an answer that is none", () => {
  it.each([
    ["of a proxy that finds it too large", 413, "<html>", "PAYLOAD_TOO_LARGE", false],
    ["of a proxy without an engine behind it", 502, "<html>", "UNREACHABLE", true],
    ["of whoever else is there", 404, "not found", "UNREACHABLE", true],
    ["of an engine that finds it too large", 413, refusal("PAYLOAD_TOO_LARGE"), "PAYLOAD_TOO_LARGE", false],
    ["of an engine that has no time", 200, refusal("TIMEOUT"), "TIMEOUT", true],
    ["of an engine that stumbles", 500, refusal("SOMETHING_NEW"), "SOMETHING_NEW", true],
    ["of an engine that never will", 200, refusal("FORBIDDEN"), "FORBIDDEN", false],
  ])("%s says whether the same may succeed", async (_, status, text, code, retryable) => {
    const error = await asking(text, { status });
    expect(error).toBeInstanceOf(AttuneError);
    expect(error).toMatchObject({ code, retryable });
  });
});

describe("the engine's clock", () => {
  it("is read from the answer, where it says it", async () => {
    const date = new Date(Date.now() - 3_600_000).toUTCString();
    await asking(JSON.stringify({ data: {} }), { headers: { date } });
    expect(Math.abs(clock.aheadMs - 3_600_000)).toBeLessThan(5_000);
    await asking(JSON.stringify({ data: {} }));
    expect(clock.aheadMs).toBe(0);
  });
});
