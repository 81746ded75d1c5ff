/** What does a rule change? */
import { Add } from "@attune/interface/add";
import { Choice } from "@attune/interface/fields";
import { useListKeys } from "@attune/interface/list-keys";
import type { ComponentType } from "react";
import { Button } from "react-aria-components";
import type { AdaptationInput } from "../../../generated/graphql";
import { useKindsPassed } from "../kinds-passed";
import { FRESH, KIND_NAMES, KINDS, type Kind, kindOf, made } from "./kinds";
import { PART_FIELDS } from "./part-fields";

const OPTIONS = KINDS.map((value) => ({ value, name: KIND_NAMES[value] }));

type List = { value: readonly AdaptationInput[]; change: (adaptations: AdaptationInput[]) => void };

export function AdaptationList({ value, change }: List) {
  const { keys, removed } = useListKeys(value.length);
  const remove = (at: number) => {
    removed(at);
    change(value.toSpliced(at, 1));
  };
  return (
    <div className="stack">
      {value.map((adaptation, at) => (
        <OneAdaptation
          key={keys[at]}
          name={`Change ${at + 1}`}
          value={adaptation}
          change={(next) => change(value.map((one, index) => (index === at ? next : one)))}
          remove={() => remove(at)}
        />
      ))}
      <Add add={() => change([...value, made("setFeature", FRESH.setFeature)])}>Add a change</Add>
    </div>
  );
}

type One = { name: string; value: AdaptationInput; change: (adaptation: AdaptationInput) => void; remove: () => void };

function OneAdaptation({ name, value, change, remove }: One) {
  const kind = kindOf(value);
  const { choose, write } = useKindsPassed<Kind, AdaptationInput>(change);
  const Fields = PART_FIELDS[kind] as ComponentType<{ value: unknown; change: (part: unknown) => void }>;
  return (
    <fieldset className="condition">
      <legend className="visually-hidden">{name}</legend>
      <div className="row">
        <Choice
          label={name}
          value={kind}
          options={OPTIONS}
          change={(next) => choose(kind, value, next, made(next, FRESH[next]))}
        />
        <Button aria-label={`Remove ${name.toLowerCase()}`} onPress={remove}>
          ✕
        </Button>
      </div>
      <Fields key={kind} value={value[kind]} change={(part) => write(made(kind, part as never))} />
    </fieldset>
  );
}
