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
  const kept = (owner && storage) || memory();
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
    names: () =>
      Object.keys(kept)
        .filter((name) => name.startsWith(prefix))
        .map((name) => name.slice(prefix.length)),
  };
}

/** Like a browser's storage, whose properties are what it keeps. */
const memory = (): Pick<Storage, "getItem" | "setItem" | "removeItem"> =>
  Object.create({
    getItem(this: Kept, name: string) {
      return this[name];
    },
    setItem(this: Kept, name: string, text: string) {
      this[name] = text;
    },
    removeItem(this: Kept, name: string) {
      delete this[name];
    },
  });

type Kept = Record<string, string>;

function browsers(): Storage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined; // a page may be forbidden to look
  }
}
