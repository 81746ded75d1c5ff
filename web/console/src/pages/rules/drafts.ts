/** What is being written, before it is a rule? A RuleInput, made from what the engine says a rule was at a revision. */
import type { RuleInput } from "../../generated/graphql";

export const NEW_RULE: RuleInput = {
  key: "",
  name: "",
  description: "",
  priority: 0,
  places: [],
  condition: { always: true },
  adaptations: [{ setTheme: { mode: "DARK" } }],
  coverage: 1,
};

const MEMBERS = [
  "key",
  "name",
  "description",
  "priority",
  "places",
  "condition",
  "adaptations",
  "schedule",
  "coverage",
  "exclusionGroup",
  "experiment",
] as const satisfies readonly (keyof RuleInput)[];

/** Of `RuleRevision.rule`: it has the shape of RuleInput, and besides what became of the rule, which nobody writes. */
export function draftOf(document: unknown): RuleInput {
  const written = document as Partial<RuleInput>;
  const kept = MEMBERS.filter((member) => written[member] !== null && written[member] !== undefined);
  return { ...NEW_RULE, adaptations: [], ...Object.fromEntries(kept.map((member) => [member, written[member]])) };
}

export type Problem = Readonly<{ message: string; path: readonly string[] }>;

/** What is wrong with one field of the draft itself, not with a part of it. */
export const problemOf = (problems: readonly Problem[], field: keyof RuleInput): string | undefined =>
  problems.find(({ path }) => path.length === 2 && path[1] === field)?.message;
