/** What is where? Three sentences for those who are new here. */
import type { Config } from "@attune/client";
import { useState } from "react";
import { Button } from "react-aria-components";
import { useTell } from "./doing";
import { shownFeature } from "./features";

const STEPS = [
  "The board holds what has to be done. Add a task, and move it on with its arrow.",
  "Reports show for whom how many days are planned, and export all tasks as a table.",
  "In the settings you choose how the planner looks, and whether it learns from what you do.",
];

export function Tour({ config }: { config: Config }) {
  const tell = useTell("dashboard");
  const [step, setStep] = useState<number | null>(null);
  const tour = shownFeature(config, "tour");
  if (!tour) return null;
  if (step !== null) {
    const isLast = step === STEPS.length - 1;
    return (
      <section className="card stack" aria-label="Guided tour" aria-live="polite">
        <p>
          <strong>
            {step + 1} of {STEPS.length}.
          </strong>{" "}
          {STEPS[step]}
        </p>
        <Button autoFocus onPress={() => setStep(isLast ? null : step + 1)}>
          {isLast ? "Close" : "Next"}
        </Button>
      </section>
    );
  }
  return (
    <Button
      className={tour.highlighted ? "react-aria-Button primary" : "react-aria-Button"}
      onPress={() => {
        tell({ kind: "FEATURE_USE", target: "tour" });
        setStep(0);
      }}
    >
      Take the tour
    </Button>
  );
}
