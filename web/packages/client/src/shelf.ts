/** Where is kept what has to outlive a page? In the browser's storage if there is one, else in memory. */

export type Shelf = Readonly<{
  get: (name: string) => unknown;
  /** `undefined` removes. What does not fit is not kept: a full storage must not break a page. */
  set: (name: string, value: unknown) => void;
  names: () => string[];
}>;

/** `owner`: nobody reads what is kept for another. */
export function shelf(owner: string, storage: Storage | undefined = browsers()): Shelf {
  const prefix = `attune:${owner}:`;
  const kept = storage ?? new Map<string, string>();
  const named = (name: string) => prefix + name;
  return {
    get(name) {
      try {
        const text = kept instanceof Map ? kept.get(named(name)) : kept.getItem(named(name));
        return JSON.parse(text ?? "null");
      } catch {
        return null;
      }
    },
    set(name, value) {
      const text = JSON.stringify(value);
      try {
        if (kept instanceof Map) text === undefined ? kept.delete(named(name)) : kept.set(named(name), text);
        else text === undefined ? kept.removeItem(named(name)) : kept.setItem(named(name), text);
      } catch {}
    },
    names: () =>
      (kept instanceof Map ? [...kept.keys()] : Object.keys(kept))
        .filter((name) => name.startsWith(prefix))
        .map((name) => name.slice(prefix.length)),
  };
}

function browsers(): Storage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined; // a page may be forbidden to look
  }
}
