/** What is a slot called? `feature:api_keys` is "Feature API keys". */

/** Of what there is a slot for every key; `targets`: what one can go to. */
type Kind = "features" | "targets" | "tags" | "parameters";

export type SlotNames = Readonly<Record<Kind, (key: string) => string>>;

const ONLY: Readonly<Record<string, string>> = {
  "theme.mode": "Theme",
  "layout.density": "Density",
  "navigation.order": "Order of the navigation",
  "content.difficulty": "Difficulty",
};

const KINDS: Readonly<Record<string, readonly [name: string, kind: Kind]>> = {
  feature: ["Feature", "features"],
  shortcut: ["Shortcut to", "targets"],
  content: ["Content:", "tags"],
  recommendation: ["Recommendation of", "features"],
  parameter: ["Parameter", "parameters"],
};

export function slotName(slot: string, names: SlotNames): string {
  const only = ONLY[slot];
  if (only !== undefined) return only;
  const [kind = "", ...key] = slot.split(":");
  const named = KINDS[kind];
  return named ? `${named[0]} ${names[named[1]](key.join(":"))}` : slot;
}

/** All that rules can decide, where these are the keys. */
export const slotsOf = (keys: Readonly<Record<Kind, readonly string[]>>): string[] => [
  ...Object.keys(ONLY),
  ...Object.entries(KINDS).flatMap(([name, [, kind]]) => keys[kind].map((key) => `${name}:${key}`)),
];
