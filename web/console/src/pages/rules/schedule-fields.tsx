/** When may a rule apply? Nothing filled in: always. */
import { Add } from "@attune/interface/add";
import { useListKeys } from "@attune/interface/list-keys";
import { useId } from "react";
import { Button } from "react-aria-components";
import type { ScheduleInput } from "../../generated/graphql";
import { WindowFields } from "./windows";

type Fields = { value: ScheduleInput; change: (schedule: ScheduleInput | undefined) => void };

export function ScheduleFields({ value, change }: Fields) {
  const windows = value.windows ?? [];
  const { keys, removed } = useListKeys(windows.length);
  const say = (part: Partial<ScheduleInput>) => {
    const next = { ...value, ...part };
    change(next.startsAt || next.endsAt || next.windows?.length ? next : undefined);
  };
  return (
    <>
      <div className="row">
        <InstantEntry label="From" value={value.startsAt ?? ""} change={(startsAt) => say({ startsAt })} />
        <InstantEntry label="Until" value={value.endsAt ?? ""} change={(endsAt) => say({ endsAt })} />
      </div>
      {windows.map((window, at) => (
        <fieldset key={keys[at]} className="condition">
          <legend>Window {at + 1}</legend>
          <WindowFields
            value={window}
            change={(next) => say({ windows: windows.map((one, index) => (index === at ? next : one)) })}
          />
          <Button
            onPress={() => {
              removed(at);
              say({ windows: windows.toSpliced(at, 1) });
            }}
          >
            Remove this window
          </Button>
        </fieldset>
      ))}
      <Add add={() => say({ windows: [...windows, { from: "09:00", until: "17:00" }] })}>Add a weekly window</Add>
    </>
  );
}

type Instant = { label: string; value: string; change: (instant: string | undefined) => void };

/** In the time zone of whoever writes the rule; kept in UTC. */
function InstantEntry({ label, value, change }: Instant) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label} (your time)</label>
      <input
        id={id}
        type="datetime-local"
        value={value && localMinute(new Date(value))}
        onChange={({ target }) => change(target.value ? new Date(target.value).toISOString() : undefined)}
      />
    </div>
  );
}

const MINUTE_MS = 60_000;
const localMinute = (at: Date) =>
  new Date(at.getTime() - at.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, "2026-01-01T00:00".length);
