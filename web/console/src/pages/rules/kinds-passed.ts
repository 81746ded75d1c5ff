/** What was there before somebody chose another kind? Arrow keys pass over kinds that nobody wants. */
import { useRef } from "react";

/** Each kind has what was left there, until something is written under another one. */
export function useKindsPassed<Kind, Value>(change: (value: Value) => void) {
  const passed = useRef(new Map<Kind, Value>());
  return {
    choose: (left: Kind, value: Value, next: Kind, fresh: Value) => {
      passed.current.set(left, value);
      change(passed.current.get(next) ?? fresh);
    },
    write: (value: Value) => {
      passed.current.clear();
      change(value);
    },
  };
}
