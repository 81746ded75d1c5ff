/** What became of one slot of a config, in words? */
import type { Config } from "@attune/client";
import { nameOf } from "../planner/features";
import { tagNameOf } from "../planner/tips";

/** What a key stands for is told by what stands before it, like `feature:export`. */
export function inWords(slot: string, config: Config): string {
  const { theme, layout, navigation, content, parameters } = config;
  const [part = "", key = ""] = slot.split(/:(.*)/s);
  switch (part) {
    case "theme.mode":
      return theme.mode === "SYSTEM" ? "colours as the system's" : `${theme.mode.toLowerCase()} colours`;
    case "layout.density":
      return `${layout.density.toLowerCase()} layout`;
    case "navigation.order":
      return `${nameOf(navigation.order[0] ?? "nothing")} first`;
    case "content.difficulty":
      return `${content.difficulty.toLowerCase()} texts`;
    case "feature":
      return `${nameOf(key)} ${stateOf(key, config)}`;
    case "shortcut":
      return `${navigation.shortcuts.includes(key) ? "shortcut" : "no shortcut"} to ${nameOf(key)}`;
    case "content":
      return `${preferenceOf(key, config)} ${tagNameOf(key)}`;
    case "recommendation":
      return `${isRecommended(key, config) ? "recommends" : "no longer recommends"} ${nameOf(key)}`;
    case "parameter":
      return `${key.replaceAll("_", " ")}: ${parameters[key]}`;
    default:
      return slot;
  }
}

function stateOf(key: string, { features }: Config): string {
  const feature = features.find((one) => one.key === key);
  if (!feature?.visible) return "hidden";
  return feature.highlighted ? "highlighted" : "shown";
}

function preferenceOf(tag: string, { content }: Config): string {
  if (content.exclude.includes(tag)) return "without";
  return content.include.includes(tag) ? "first" : "also";
}

const isRecommended = (key: string, { recommendations }: Config) =>
  recommendations.some(({ feature }) => feature === key);
