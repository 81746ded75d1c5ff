import { describe, expect, it } from "vitest";
import { asCsv, changed, TASKS } from "./projects";

describe("the plan", () => {
  it("takes new tasks, moves them and loses those that are done", () => {
    const added = changed(TASKS, { type: "added", title: "Call Jo" });
    expect(added.at(-1)).toEqual({ id: 6, title: "Call Jo", column: "To do", owner: "You", days: 1 });
    const moved = changed(added, { type: "moved", id: 6, to: "Done" });
    expect(moved.find((task) => task.id === 6)?.column).toBe("Done");
    expect(changed(moved, { type: "tidied" }).map((task) => task.id)).toEqual([2, 3, 4, 5]);
  });

  it("becomes a table whose quotes are doubled", () => {
    const task = { id: 1, title: 'Say "hello", loudly', column: "Doing", owner: "Jo", days: 2 } as const;
    expect(asCsv([task])).toBe('title,column,owner,days\n"Say ""hello"", loudly",Doing,Jo,2\n');
  });
});
