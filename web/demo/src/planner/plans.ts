/** What the pages of the planner share. */
import { type Dispatch, useReducer } from "react";
import { type Change, changed, TASKS, type Task } from "./projects";

export type Plan = Readonly<{ tasks: readonly Task[]; change: Dispatch<Change> }>;

export function usePlan(): Plan {
  const [tasks, change] = useReducer(changed, TASKS);
  return { tasks, change };
}
