/** On which days, from when until when? Local time of whoever uses the application. */
import { Choices } from "@attune/interface/fields";
import { useId } from "react";
import type { WeeklyWindowInput } from "../../generated/graphql";
import { WEEKDAYS } from "../../words";

type Window = { value: WeeklyWindowInput; change: (window: WeeklyWindowInput) => void };

export function WindowFields({ value, change }: Window) {
  return (
    <div className="stack">
      <div className="row">
        <TimeEntry label="From" value={value.from} change={(from) => change({ ...value, from })} />
        <TimeEntry label="Until" value={value.until} change={(until) => change({ ...value, until })} />
      </div>
      <Choices
        label="Days"
        hint="None chosen: every day. A window may pass midnight; it belongs to the day on which it begins."
        value={value.weekdays ?? []}
        options={WEEKDAYS}
        change={(weekdays) => change({ ...value, weekdays: weekdays.length ? [...weekdays] : undefined })}
      />
    </div>
  );
}

function TimeEntry({ label, value, change }: { label: string; value: string; change: (time: string) => void }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} type="time" value={value} onChange={(event) => change(event.target.value)} />
    </div>
  );
}
