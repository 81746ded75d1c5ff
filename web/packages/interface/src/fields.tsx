/** How does somebody fill something in? Labelled fields over plain values. */
import { type ReactNode, useId } from "react";
import { Checkbox, CheckboxGroup, FieldError, Input, Label, Text, TextArea, TextField } from "react-aria-components";

type Field<Value> = Readonly<{
  label: string;
  value: Value;
  change: (value: Value) => void;
  hint?: string;
  error?: string | undefined;
}>;

export function TextEntry(props: Field<string> & { lines?: number; placeholder?: string; required?: boolean }) {
  const { label, value, change, hint, error, lines = 1, placeholder, required = false } = props;
  return (
    <TextField value={value} onChange={change} isInvalid={Boolean(error)} isRequired={required}>
      <Label>{label}</Label>
      {lines > 1 ? <TextArea rows={lines} placeholder={placeholder} /> : <Input placeholder={placeholder} />}
      {hint && (
        <Text slot="description" className="soft">
          {hint}
        </Text>
      )}
      <FieldError className="bad">{error}</FieldError>
    </TextField>
  );
}

/** `null`: nothing is filled in. */
export function NumberEntry(
  props: Field<number | null> & { min?: number; max?: number; step?: number | "any"; unit?: string },
) {
  const { label, value, change, hint, error, min, max, step = "any", unit } = props;
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{unit ? `${label} (${unit})` : label}</label>
      <input
        id={id}
        type="number"
        value={value ?? ""}
        {...{ min, max, step }}
        aria-invalid={Boolean(error)}
        aria-describedby={hint || error ? `${id}-told` : undefined}
        onChange={(event) => change(event.target.value === "" ? null : event.target.valueAsNumber)}
      />
      {(hint || error) && (
        <span id={`${id}-told`} className={error ? "bad" : "soft"}>
          {error ?? hint}
        </span>
      )}
    </div>
  );
}

export type Option<Value extends string> = Readonly<{ value: Value; name: string }>;

/** The browser's own list: everybody's keyboard and screen reader know it. */
export function Choice<Value extends string>(props: Field<Value> & { options: readonly Option<Value>[] }) {
  const { label, value, change, options, hint } = props;
  const id = useId();
  const isKnown = options.some((option) => option.value === value);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => change(event.target.value as Value)}>
        {!isKnown && <option value={value}>{value || "choose …"}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.name}
          </option>
        ))}
      </select>
      {hint && <span className="soft">{hint}</span>}
    </div>
  );
}

export function Choices<Value extends string>(
  props: Omit<Field<readonly Value[]>, "change"> & {
    change: (value: Value[]) => void;
    options: readonly Option<Value>[];
    empty?: ReactNode;
  },
) {
  const { label, value, change, options, hint, empty } = props;
  const others = value.filter((one) => !options.some((option) => option.value === one));
  const all = [...options, ...others.map((one) => ({ value: one, name: one }))];
  return (
    <CheckboxGroup className="field" value={[...value]} onChange={(chosen) => change(chosen as Value[])}>
      <Label>{label}</Label>
      <div className="row">
        {all.map((option) => (
          <Tick key={option.value} value={option.value} name={option.name} />
        ))}
        {all.length === 0 && <span className="soft">{empty}</span>}
      </div>
      {hint && (
        <Text slot="description" className="soft">
          {hint}
        </Text>
      )}
    </CheckboxGroup>
  );
}

function Tick({ value, name }: { value: string; name: string }) {
  return (
    <Checkbox value={value} className="tick">
      <span className="box" aria-hidden="true" />
      {name}
    </Checkbox>
  );
}

/** `isLabelHidden`: from those who see the heading of its column. */
export function YesNo(props: Field<boolean> & { isLabelHidden?: boolean }) {
  const { label, value, change, isLabelHidden = false } = props;
  return (
    <Checkbox className="tick" isSelected={value} onChange={change}>
      <span className="box" aria-hidden="true" />
      {isLabelHidden ? <span className="visually-hidden">{label}</span> : label}
    </Checkbox>
  );
}
