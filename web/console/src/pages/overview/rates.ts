/** How much happens per second? The engine counts; two counts and the time between them tell how fast. */

export type Counted = Readonly<{ at: number; configsServed: number; interactions: number; pushes: number }>;
export type Rates = Readonly<{ at: Date; configs: number; interactions: number; pushes: number }>;

const MOST_KEPT = 120;
const WINDOW_MS = 10_000;
const FRESH_MS = 15_000;

export const kept = (counted: readonly Counted[], newest: Counted): readonly Counted[] =>
  [...counted, newest].slice(-MOST_KEPT);

/** At each count, over the ten seconds before it: the engine adds up what it served about that often. */
export function ratesOf(counted: readonly Counted[]): Rates[] {
  return counted.slice(1).flatMap((later, at) => {
    const before = counted.slice(0, at + 1);
    const earlier = before.findLast((one) => later.at - one.at >= WINDOW_MS) ?? before[0];
    const seconds = earlier ? (later.at - earlier.at) / 1000 : 0;
    if (!earlier || seconds <= 0) return [];
    const perSecond = (measure: Exclude<keyof Counted, "at">) =>
      Math.max(0, later[measure] - earlier[measure]) / seconds;
    return [
      {
        at: new Date(later.at),
        configs: perSecond("configsServed"),
        interactions: perSecond("interactions"),
        pushes: perSecond("pushes"),
      },
    ];
  });
}

/** Counts come while something happens: after a silence nothing does. */
export const isQuiet = (newest: Counted | undefined, now: number): boolean => !newest || now - newest.at > FRESH_MS;
