/** What is a slot called? `feature:api_keys` is "Feature API keys". */

/** What keys are called: of features, of what can be gone to, of tags and parameters. */
export type SlotNames = Readonly<Record<"features" | "targets" | "tags" | "parameters", (key: string) => string>>;

const ONLY: Readonly<Record<string, string>> = {
  "theme.mode": "Theme",
  "layout.density": "Density",
  "navigation.order": "Order of the navigation",
  "content.difficulty": "Difficulty",
};

/** Of these there is one slot for every key. */
const KINDS: Readonly<Record<string, readonly [name: string, kind: keyof SlotNames]>> = {
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
