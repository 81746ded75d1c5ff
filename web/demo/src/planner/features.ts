/** What does the planner offer, and on which page? The keys are those of the catalogue, which the config names. */
import type { Config } from "@attune/client";

export const PAGES = {
  dashboard: "Dashboard",
  board: "Board",
  reports: "Reports",
  automation: "Automation",
  team: "Team",
  settings: "Settings",
} as const;
export type Page = keyof typeof PAGES;

type Feature = Readonly<{ name: string; page: Page }>;

const FEATURES: Readonly<Record<string, Feature>> = {
  board: { name: "Board", page: "board" },
  reports: { name: "Reports", page: "reports" },
  export: { name: "Export", page: "reports" },
  automation: { name: "Automation", page: "automation" },
  api_keys: { name: "API keys", page: "settings" },
  tour: { name: "Guided tour", page: "dashboard" },
};

export const isPage = (key: string): key is Page => key in PAGES;

/** As people call it; its key, if the planner has no such thing. */
export const nameOf = (key: string): string => FEATURES[key]?.name ?? (isPage(key) ? PAGES[key] : key);

/** Where `key` leads to: a page, or the page that a feature is on. */
export const pageOf = (key: string): Page | null => FEATURES[key]?.page ?? (isPage(key) ? key : null);

/** Null if it is not to be seen. */
export function shownFeature(config: Config, key: string): Config["features"][number] | null {
  return config.features.find((feature) => feature.key === key && feature.visible) ?? null;
}

/** The navigation of the config, then pages that it does not name; without what is not to be seen. */
export function shownPages(config: Config): Page[] {
  const named = config.navigation.order.filter(isPage);
  const others = Object.keys(PAGES).filter((page): page is Page => isPage(page) && !named.includes(page));
  return [...named, ...others].filter((page) => !FEATURES[page] || shownFeature(config, page));
}

/** May be gone to: where there is nothing to see, nothing leads to. */
export function isWithinReach(config: Config, key: string): boolean {
  const page = pageOf(key);
  return page !== null && shownPages(config).includes(page) && (isPage(key) || shownFeature(config, key) !== null);
}

/** Is there something on a page that somebody should notice? What they have before their eyes points at itself. */
export function isHighlighted(config: Config, page: Page, current: Page): boolean {
  return config.features.some(
    ({ key, visible, highlighted }) =>
      visible && highlighted && (key === page || (FEATURES[key]?.page === page && page !== current)),
  );
}
