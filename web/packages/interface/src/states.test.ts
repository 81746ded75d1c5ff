import { CombinedError } from "urql";
import { expect, test } from "vitest";
import { inWords } from "./states";

const answered = (status: number, headers: Record<string, string> = {}) =>
  new CombinedError({ networkError: new Error("failed"), response: new Response("", { status, headers }) });

test("who cannot be reached is told apart from who refuses", () => {
  expect(inWords(new CombinedError({ networkError: new Error("failed") }))).toMatch(/cannot be reached/);
  expect(inWords(new CombinedError({ graphQLErrors: ["only admins", "may do that"] }))).toBe("only admins may do that");
});

test("what failed inside is found in the log by its request", () => {
  const internal = { message: "Internal error", extensions: { code: "INTERNAL", requestId: "abc" } };
  expect(inWords(new CombinedError({ graphQLErrors: [internal] }))).toMatch(/^Internal error: .* of request abc\.$/);
});

test("who is asked too much says for how long, if that is known", () => {
  expect(inWords(answered(429, { "retry-after": "7" }))).toMatch(/in 7 seconds\.$/);
  expect(inWords(answered(429))).toMatch(/in a while\.$/);
});

test("what stands before the engine is not the engine", () => {
  expect(inWords(answered(502))).toMatch(/^Something before the engine .* 502\.$/);
});
