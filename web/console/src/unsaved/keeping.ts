/** Where is what somebody wrote and did not save? In this tab, until they save it, discard it or sign out. */

const PREFIX = "attune-unsaved";

/** `base`: what `draft` was made from, as it was at `revision`. */
export type Kept<Value> = Readonly<{ base: Value; revision: number; draft: Value }>;

/** Nobody gets to see what another user wrote in the same tab. */
export const nameOf = (user: string, what: string): string => [PREFIX, user, what].join(":");

export function kept<Value>(name: string): Kept<Value> | null {
  return JSON.parse(sessionStorage.getItem(name) ?? "null") as Kept<Value> | null;
}

export function keep<Value>(name: string, value: Kept<Value> | null): void {
  if (value) sessionStorage.setItem(name, JSON.stringify(value));
  else sessionStorage.removeItem(name);
}

const names = (): string[] => Object.keys(sessionStorage).filter((name) => name.startsWith(`${PREFIX}:`));

export const isAnythingKept = (): boolean => names().length > 0;

export function forgetAll(): void {
  for (const name of names()) sessionStorage.removeItem(name);
}

/** What was changed in `mine` since `base`, member by member, put on top of `theirs`. */
export function putOnTop<Value extends object>(base: Value, mine: Value, theirs: Value): Value {
  const entries = Object.entries(mine).filter(([member, value]) => !isSame(value, base[member as keyof Value]));
  return { ...theirs, ...Object.fromEntries(entries) };
}

export const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
