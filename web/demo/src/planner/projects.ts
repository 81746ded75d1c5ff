/** What is planned? The demo's own small product: tasks on a board, kept in this page only. */

export const COLUMNS = ["To do", "Doing", "Done"] as const;
export type Column = (typeof COLUMNS)[number];
export type Task = Readonly<{ id: number; title: string; column: Column; owner: string; days: number }>;

export type Change =
  | Readonly<{ type: "added"; title: string }>
  | Readonly<{ type: "moved"; id: number; to: Column }>
  | Readonly<{ type: "tidied" }>;

export const TASKS: readonly Task[] = [
  { id: 1, title: "Sketch the landing page", column: "Done", owner: "Ines", days: 3 },
  { id: 2, title: "Write the price list", column: "Doing", owner: "Tom", days: 2 },
  { id: 3, title: "Ask five customers", column: "Doing", owner: "Ines", days: 5 },
  { id: 4, title: "Book the trade fair", column: "To do", owner: "Mara", days: 1 },
  { id: 5, title: "Translate the manual", column: "To do", owner: "Tom", days: 8 },
];

export function changed(tasks: readonly Task[], change: Change): readonly Task[] {
  switch (change.type) {
    case "added": {
      const id = Math.max(0, ...tasks.map((task) => task.id)) + 1;
      return [...tasks, { id, title: change.title, column: "To do", owner: "You", days: 1 }];
    }
    case "moved":
      return tasks.map((task) => (task.id === change.id ? { ...task, column: change.to } : task));
    case "tidied":
      return tasks.filter((task) => task.column !== "Done");
  }
}

export function asCsv(tasks: readonly Task[]): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const lines = tasks.map((task) => [quoted(task.title), task.column, task.owner, task.days].join(","));
  return ["title,column,owner,days", ...lines, ""].join("\n");
}
