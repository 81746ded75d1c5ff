/** Which kinds of adaptations are there? Each is one member of AdaptationInput. */
import type { AdaptationInput } from "../../../generated/graphql";

export type Kind = keyof AdaptationInput;
export type Parts = { [K in Kind]: NonNullable<Extract<AdaptationInput, Record<K, unknown>>[K]> };

export const KIND_NAMES: Record<Kind, string> = {
  setTheme: "Set the theme",
  setLayout: "Set the density",
  setFeature: "Show, hide or highlight a feature",
  orderNavigation: "Order the navigation",
  addShortcut: "Add a shortcut",
  filterContent: "Include or exclude content",
  setDifficulty: "Set how difficult content is",
  recommendFeature: "Recommend a feature",
  setParameter: "Set a parameter",
};

export const FRESH: { readonly [K in Kind]: Parts[K] } = {
  setTheme: { mode: "DARK" },
  setLayout: { density: "COMPACT" },
  setFeature: { feature: "", visible: true, highlighted: false },
  orderNavigation: { first: [], byUsage: true },
  addShortcut: { target: "" },
  filterContent: { include: [], exclude: [] },
  setDifficulty: { level: "BEGINNER" },
  recommendFeature: { feature: "" },
  setParameter: { key: "", value: "" },
};

export const KINDS = Object.keys(KIND_NAMES) as Kind[];

export function kindOf(adaptation: AdaptationInput): Kind {
  return KINDS.find((kind) => adaptation[kind] !== undefined && adaptation[kind] !== null) ?? "setTheme";
}

export const made = <K extends Kind>(kind: K, part: Parts[K]): AdaptationInput =>
  ({ [kind]: part }) as unknown as AdaptationInput;
