/** What has to be done, is being done, is done? */
import { useAnnounce } from "@attune/interface";
import { useState } from "react";
import { Button, Form, Input, Label, TextField } from "react-aria-components";
import { useTell } from "./doing";
import type { Plan } from "./plans";
import { COLUMNS, type Task } from "./projects";

export function Board({ plan }: { plan: Plan }) {
  const [moved, setMoved] = useState<number | null>(null);
  return (
    <>
      <h2>Board</h2>
      <NewTask plan={plan} />
      <div className="columns">
        {COLUMNS.map((column) => (
          <section key={column} aria-label={column} className="column">
            <h3>{column}</h3>
            {plan.tasks
              .filter((task) => task.column === column)
              .map((task) => (
                <TaskCard
                  key={task.id}
                  task={task}
                  plan={plan}
                  wasMoved={task.id === moved}
                  moved={() => setMoved(task.id)}
                />
              ))}
          </section>
        ))}
      </div>
    </>
  );
}

function NewTask({ plan }: { plan: Plan }) {
  const [title, setTitle] = useState("");
  const tell = useTell("board");
  return (
    <Form
      className="row"
      onSubmit={(event) => {
        event.preventDefault();
        if (!title.trim()) return;
        plan.change({ type: "added", title: title.trim() });
        tell({ kind: "FEATURE_USE", target: "board" });
        setTitle("");
      }}
    >
      <TextField value={title} onChange={setTitle} maxLength={120}>
        <Label>New task</Label>
        <Input autoComplete="off" />
      </TextField>
      <Button type="submit">Add</Button>
    </Form>
  );
}

type Card = { task: Task; plan: Plan; wasMoved: boolean; moved: () => void };

/** The focus goes along with a card that is moved, as long as it can go further. */
function TaskCard({ task, plan, wasMoved, moved }: Card) {
  const announce = useAnnounce();
  const tell = useTell("board");
  const next = COLUMNS[COLUMNS.indexOf(task.column) + 1];
  return (
    <div className="task">
      <span>{task.title}</span>
      <span className="soft">
        {task.owner}, {task.days} d
      </span>
      {next && (
        <Button
          aria-label={`Move “${task.title}” to ${next}`}
          autoFocus={wasMoved}
          onPress={() => {
            moved();
            announce(`“${task.title}” is in ${next}.`);
            plan.change({ type: "moved", id: task.id, to: next });
            tell(
              next === "Done"
                ? { kind: "CONVERSION", target: "task_done", value: 1 }
                : { kind: "FEATURE_USE", target: "board" },
            );
          }}
        >
          → {next}
        </Button>
      )}
    </div>
  );
}
