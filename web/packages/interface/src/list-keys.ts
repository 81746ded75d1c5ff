/** Which item of an edited list is which, when items have no names of their own? */
import { useRef } from "react";

type ListKeys = Readonly<{
  /** One for each item, which stays with it. */
  keys: readonly number[];
  /** To be told before the item at this place goes. */
  removed: (at: number) => void;
}>;

export function useListKeys(count: number): ListKeys {
  const known = useRef<number[]>([]);
  const next = useRef(0);
  while (known.current.length < count) known.current.push(next.current++);
  known.current.length = count;
  return { keys: known.current, removed: (at) => void known.current.splice(at, 1) };
}
