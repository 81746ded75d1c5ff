/** What is different between two documents? Every value that differs, by the way to it. */
import { plain } from "@attune/interface/figures";

/** Empty text: there is no such value. */
export type Difference = Readonly<{ path: string; before: string; after: string }>;

export function differences(before: unknown, after: unknown, path: readonly string[] = []): Difference[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!hasMembers(before) && !hasMembers(after))
    return [{ path: path.join(" › ") || "everything", before: inText(before), after: inText(after) }];
  const [earlier, later] = [membersOf(before), membersOf(after)];
  const names = new Set([...Object.keys(earlier), ...Object.keys(later)]);
  return [...names].flatMap((name) => differences(earlier[name], later[name], [...path, name]));
}

function hasMembers(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

/** Items are counted from 1, as people do. */
function membersOf(value: unknown): Record<string, unknown> {
  if (Array.isArray(value)) return Object.fromEntries(value.map((item, at) => [String(at + 1), item]));
  return hasMembers(value) ? { ...value } : {};
}

const inText = (value: unknown): string => (value === undefined || value === null ? "" : plain(value));
