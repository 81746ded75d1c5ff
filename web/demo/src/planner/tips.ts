/** What is there to read? Each piece has a tag of the catalogue and a difficulty; the config says what is shown. */
import type { Config } from "@attune/client";

type Difficulty = Config["content"]["difficulty"];
export type Tip = Readonly<{ key: string; tag: string; difficulty: Difficulty; title: string; text: string }>;

const TAGS: Readonly<Record<string, string>> = { basics: "Basics", tips: "Tips", advanced: "Advanced" };

/** As people call it; itself, if nothing here is labelled so. */
export const tagNameOf = (tag: string): string => TAGS[tag] ?? tag;

export const TIPS: readonly Tip[] = [
  {
    key: "first-task",
    tag: "basics",
    difficulty: "BEGINNER",
    title: "Your first task",
    text: "Type what has to be done, press Enter, and move it on with its arrow when you begin.",
  },
  {
    key: "three-columns",
    tag: "basics",
    difficulty: "BEGINNER",
    title: "Why three columns are enough",
    text: "Fewer columns mean fewer meetings about columns.",
  },
  {
    key: "weekly-report",
    tag: "tips",
    difficulty: "INTERMEDIATE",
    title: "A report on Friday",
    text: "Reports show where the days went: open them before you plan the next week.",
  },
  {
    key: "less-in-progress",
    tag: "tips",
    difficulty: "INTERMEDIATE",
    title: "Do less at once",
    text: "Two tasks in Doing for each person is a good limit.",
  },
  {
    key: "flow",
    tag: "advanced",
    difficulty: "ADVANCED",
    title: "Let tasks tidy themselves up",
    text: "Automation removes what is done, so that the board shows only what is left.",
  },
  {
    key: "api",
    tag: "advanced",
    difficulty: "ADVANCED",
    title: "Plan from your own scripts",
    text: "With a key, everything on the board can be read and changed by a program.",
  },
];

/** Included tags come first, excluded ones not at all, and nothing is harder than what the config asks for. */
export function shownTips(tips: readonly Tip[], { difficulty, include, exclude }: Config["content"]): Tip[] {
  const levels: readonly Difficulty[] = ["BEGINNER", "INTERMEDIATE", "ADVANCED"];
  const hardest = levels.indexOf(difficulty);
  const rank = (tip: Tip) => (include.includes(tip.tag) ? 0 : 1);
  return tips
    .filter((tip) => levels.indexOf(tip.difficulty) <= hardest && !exclude.includes(tip.tag))
    .toSorted(
      (one, other) => rank(one) - rank(other) || levels.indexOf(other.difficulty) - levels.indexOf(one.difficulty),
    );
}
