/** Where is kept what has to outlive a page? In the browser's storage if there is one, else in memory. */

export type Shelf = Readonly<{
  get: (name: string) => unknown;
  /** `undefined` removes. What does not fit is not kept: a full storage must not break a page. */
  set: (name: string, value: unknown) => void;
  names: () => string[];
}>;

/** `owner`: nobody reads what is kept for another. Of who is not known, nothing outlives the page. */
export function shelf(owner: string, storage: Storage | undefined = browsers()): Shelf {
  const prefix = `attune:${owner}:`;
  const kept: Kept = (owner && storage) || memory();
  return {
    get(name) {
      try {
        return JSON.parse(kept.getItem(prefix + name) ?? "null");
      } catch {
        return null;
      }
    },
    set(name, value) {
      try {
        if (value === undefined) kept.removeItem(prefix + name);
        else kept.setItem(prefix + name, JSON.stringify(value));
      } catch {}
    },
    names() {
      try {
        const names = Array.from({ length: kept.length }, (_, number) => kept.key(number) ?? "");
        return names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
      } catch {
        return [];
      }
    },
  };
}

type Kept = Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem">;

function memory(): Kept {
  const kept = new Map<string, string>();
  return {
    get length() {
      return kept.size;
    },
    key: (number) => [...kept.keys()][number] ?? null,
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, text) => void kept.set(name, text),
    removeItem: (name) => void kept.delete(name),
  };
}

function browsers(): Storage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined; // a page may be forbidden to look
  }
}
