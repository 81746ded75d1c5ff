/** What does the planner do by itself? */
import { useEffect, useState } from "react";
import { Checkbox } from "react-aria-components";
import { useTell } from "./doing";
import type { Plan } from "./plans";

export function Automation({ plan }: { plan: Plan }) {
  const [tidies, setTidies] = useState(false);
  const tell = useTell("automation");
  const done = plan.tasks.filter((task) => task.column === "Done").length;
  useEffect(() => {
    if (tidies && done) plan.change({ type: "tidied" });
  }, [tidies, done, plan]);
  return (
    <>
      <h2>Automation</h2>
      <Checkbox
        isSelected={tidies}
        onChange={(chosen) => {
          setTidies(chosen);
          tell({ kind: "FEATURE_USE", target: "automation" });
        }}
      >
        <span aria-hidden="true">{tidies ? "☑" : "☐"}</span> Remove tasks from the board once they are done
      </Checkbox>
    </>
  );
}
