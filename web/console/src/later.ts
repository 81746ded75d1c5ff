/** When does the code of a page come? When it is wanted; or before, so that it is there when the engine is not. */
import { lazy } from "react";

const outstanding = new Set<() => Promise<unknown>>();

export const later: typeof lazy = (load) => {
  outstanding.add(load);
  return lazy(load);
};

/** One after another, also what these want later in turn. Where that fails, it comes when it is wanted. */
export async function fetchTheRest(): Promise<void> {
  try {
    for (const load of outstanding) {
      await load();
      outstanding.delete(load);
    }
  } catch {
    return;
  }
}
