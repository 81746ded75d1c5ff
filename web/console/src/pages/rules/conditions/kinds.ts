/** Which kinds of conditions are there? Each is one member of ConditionInput. */
import type { ConditionInput } from "../../../generated/graphql";

export type Kind = keyof ConditionInput;

/** What a condition of each kind is made of. */
export type Parts = { [K in Kind]: NonNullable<Extract<ConditionInput, Record<K, unknown>>[K]> };

export const KIND_NAMES: Record<Kind, string> = {
  always: "Everybody",
  all: "All of …",
  any: "At least one of …",
  not: "Not …",
  segment: "In a segment",
  device: "On a device",
  place: "At a place",
  skill: "Has a skill level",
  activity: "Is this active",
  featureUse: "Uses a feature",
  did: "Did something lately",
  localTime: "At a time of day",
  churnRisk: "Churn risk",
  lifetimeValue: "Lifetime value",
  lastSeenDays: "Days since last seen",
  traits: "Has a trait",
  attributes: "The request has an attribute",
};

/** What somebody begins with who chooses a kind. */
export const FRESH: { readonly [K in Kind]: Parts[K] } = {
  always: true,
  all: [{ always: true }],
  any: [{ always: true }],
  not: { always: true },
  segment: { in: [], confidence: 0.5 },
  device: ["MOBILE"],
  place: [],
  skill: ["BEGINNER"],
  activity: { measure: "SESSIONS_30D", range: { gte: 1 } },
  featureUse: { feature: "", uses: { gte: 1 } },
  did: { kind: "CONVERSION", times: { gte: 1 }, days: 7 },
  localTime: { from: "20:00", until: "06:00" },
  churnRisk: { gte: 0.5 },
  lifetimeValue: { gte: 100 },
  lastSeenDays: { gte: 7 },
  traits: {},
  attributes: {},
};

export const KINDS = Object.keys(KIND_NAMES) as Kind[];

export function kindOf(condition: ConditionInput): Kind {
  return KINDS.find((kind) => condition[kind] !== undefined && condition[kind] !== null) ?? "always";
}

export const made = <K extends Kind>(kind: K, part: Parts[K]): ConditionInput =>
  ({ [kind]: part }) as unknown as ConditionInput;

/** Another kind, keeping what can be kept: groups keep their conditions, and what is grouped or negated stays. */
export function changedTo(kind: Kind, condition: ConditionInput): ConditionInput {
  const inner = condition.all ?? condition.any ?? (condition.not ? [condition.not] : [condition]);
  if (kind === "all" || kind === "any") return made(kind, inner);
  if (kind === "not") return made("not", inner.length === 1 && inner[0] ? inner[0] : condition);
  return made(kind, FRESH[kind]);
}
