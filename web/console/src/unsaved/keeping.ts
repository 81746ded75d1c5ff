/** Where is what somebody wrote and did not save? In this tab, until they save it, discard it or sign out. */

const PREFIX = "attune-unsaved";

/** `base`: what `draft` was made from, as it was at `revision`. */
export type Kept<Value> = Readonly<{ base: Value; revision: number; draft: Value }>;

/** Nobody gets to see what another user wrote in the same tab. */
export const nameOf = (user: string, what: string): string => [PREFIX, user, what].join(":");

/** A browser may forbid storage, or have no room left: then drafts last as long as their page. */
function stored<Answer>(act: (storage: Storage) => Answer, otherwise: Answer): Answer {
  try {
    return act(sessionStorage);
  } catch {
    return otherwise;
  }
}

export const kept = <Value>(name: string): Kept<Value> | null =>
  stored((storage) => JSON.parse(storage.getItem(name) ?? "null") as Kept<Value> | null, null);

export function keep<Value>(name: string, value: Kept<Value> | null): void {
  stored((storage) => (value ? storage.setItem(name, JSON.stringify(value)) : storage.removeItem(name)), undefined);
}

const names = (): string[] =>
  stored((storage) => Object.keys(storage).filter((name) => name.startsWith(`${PREFIX}:`)), []);

export const isAnythingKept = (): boolean => names().length > 0;

export function forgetAll(): void {
  for (const name of names()) keep(name, null);
}

/** What was changed in `mine` since `base`, member by member, put on top of `theirs`. */
export function putOnTop<Value extends object>(base: Value, mine: Value, theirs: Value): Value {
  const entries = Object.entries(mine).filter(([member, value]) => !isSame(value, base[member as keyof Value]));
  return { ...theirs, ...Object.fromEntries(entries) };
}

export const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
