/** What does somebody choose for themselves? Choices win over every rule; who opts out gets the default. */
import type { Config } from "@attune/client";
import { useAttune } from "@attune/client/react";
import { Failed } from "@attune/interface";
import { useRef, useState } from "react";
import { Button, Label, Radio, RadioGroup } from "react-aria-components";
import { useMutation, useQuery } from "urql";
import { graphql } from "../generated";
import { ApiKeys } from "./api-keys";
import { useTell } from "./doing";

const CHOICE = graphql(`
  query Choice {
    viewer {
      id
      personalization {
        enabled
      }
    }
  }
`);

const PREFER = graphql(`
  mutation Prefer($preferences: PreferencesInput!) {
    updateProfile(input: { preferences: $preferences }) {
      userErrors {
        message
      }
    }
  }
`);

const MODES = ["LIGHT", "DARK", "SIMPLIFIED", "SYSTEM"] as const;

export function Settings({ config }: { config: Config }) {
  return (
    <>
      <h2>Settings</h2>
      <ThemeChoice config={config} />
      <ApiKeys config={config} />
      <Personalization />
    </>
  );
}

function ThemeChoice({ config }: { config: Config }) {
  const [result, prefer] = useMutation(PREFER);
  const inTurn = useTurns();
  const choose = (themeMode: (typeof MODES)[number] | null) => inTurn(() => prefer({ preferences: { themeMode } }));
  const tell = useTell("settings");
  return (
    <RadioGroup
      value={config.theme.mode}
      onChange={(chosen) => {
        choose(MODES.find((mode) => mode === chosen) ?? null);
        tell({ kind: "PREFERENCE", target: "theme" });
      }}
    >
      <Label>Theme</Label>
      <div className="row">
        {MODES.map((mode) => (
          <Radio key={mode} value={mode} className="choice">
            {mode.toLowerCase()}
          </Radio>
        ))}
        <Button onPress={() => choose(null)}>Let the planner choose</Button>
      </div>
      {result.error && <Failed error={result.error} />}
      {result.data?.updateProfile.userErrors.map(({ message }) => (
        <p key={message} role="alert">
          {message}
        </p>
      ))}
    </RadioGroup>
  );
}

/** One after the other: of choices that follow each other quickly the last one is to win. */
function useTurns(): (act: () => Promise<unknown>) => void {
  const last = useRef<Promise<unknown>>(Promise.resolve());
  return (act) => {
    last.current = last.current.then(act);
  };
}

function Personalization() {
  const attune = useAttune();
  const [{ data }, again] = useQuery({ query: CHOICE });
  const [wrong, setWrong] = useState("");
  const enabled = data?.viewer.personalization.enabled ?? true;
  const choose = async () => {
    setWrong("");
    await attune.setPersonalization(!enabled);
    again({ requestPolicy: "network-only" });
  };
  return (
    <section className="stack" aria-label="Personalization">
      <p role="status">
        {enabled
          ? "The planner learns from what you do, and changes for you."
          : "You opted out: you see the default, and nothing you do is recorded."}
      </p>
      <Button onPress={() => void choose().catch(({ message }: Error) => setWrong(message))}>
        {enabled ? "Opt out" : "Take part again"}
      </Button>
      {wrong && <p role="alert">{wrong}</p>}
    </section>
  );
}
