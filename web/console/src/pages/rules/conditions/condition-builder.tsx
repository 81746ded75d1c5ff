/** For whom and when does a rule apply? Every condition of the schema can be built here, none of it as JSON. */
import { Add } from "@attune/interface/add";
import { Choice } from "@attune/interface/fields";
import { useListKeys } from "@attune/interface/list-keys";
import type { ComponentType } from "react";
import { Button } from "react-aria-components";
import type { ConditionInput } from "../../../generated/graphql";
import { useKindsPassed } from "../kinds-passed";
import { changedTo, KIND_NAMES, KINDS, type Kind, kindOf, made } from "./kinds";
import { PART_FIELDS } from "./part-fields";

type Builder = {
  value: ConditionInput;
  change: (condition: ConditionInput) => void;
  remove?: (() => void) | undefined;
  name?: string;
};

const OPTIONS = KINDS.map((value) => ({ value, name: KIND_NAMES[value] }));

export function ConditionBuilder({ value, change, remove, name = "Condition" }: Builder) {
  const kind = kindOf(value);
  const { choose, write } = useKindsPassed<Kind, ConditionInput>(change);
  return (
    <fieldset className="condition">
      <legend className="visually-hidden">{name}</legend>
      <div className="row">
        <Choice
          label={name}
          value={kind}
          options={OPTIONS}
          change={(next) => choose(kind, value, next, changedTo(next, value))}
        />
        {remove && (
          <Button aria-label={`Remove ${name.toLowerCase()}`} onPress={remove}>
            ✕
          </Button>
        )}
      </div>
      <Inside key={kind} kind={kind} value={value} change={write} name={name} />
    </fieldset>
  );
}

function Inside({ kind, value, change, name }: Builder & { kind: Kind; name: string }) {
  if (kind === "all" || kind === "any") {
    return (
      <Group
        conditions={value[kind] ?? []}
        name={name}
        joint={kind === "all" ? "and" : "or"}
        change={(next) => change(made(kind, [...next]))}
      />
    );
  }
  if (kind === "not") {
    const inner = value.not ?? { always: true };
    return <ConditionBuilder name={`${name}, not`} value={inner} change={(next) => change(made("not", next))} />;
  }
  const Fields = PART_FIELDS[kind] as ComponentType<{ value: unknown; change: (part: unknown) => void }>;
  return <Fields value={value[kind]} change={(part) => change(made(kind, part as never))} />;
}

type Members = {
  conditions: readonly ConditionInput[];
  change: (conditions: readonly ConditionInput[]) => void;
  joint: string;
  name: string;
};

function Group({ conditions, change, joint, name }: Members) {
  const { keys, removed } = useListKeys(conditions.length);
  const remove = (at: number) => {
    removed(at);
    change(conditions.toSpliced(at, 1));
  };
  return (
    <div className="group stack">
      {conditions.map((condition, at) => (
        <div key={keys[at]}>
          {at > 0 && <p className="soft">{joint}</p>}
          <ConditionBuilder
            name={`${name} ${at + 1}`}
            value={condition}
            change={(next) => change(conditions.map((one, index) => (index === at ? next : one)))}
            remove={conditions.length > 1 ? () => remove(at) : undefined}
          />
        </div>
      ))}
      <Add add={() => change([...conditions, { always: true }])}>Add “{joint} …”</Add>
    </div>
  );
}
