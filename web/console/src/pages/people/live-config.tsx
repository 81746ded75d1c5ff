/** What does a person see at a place, right now, and why each part of it? */
import { Loaded } from "@attune/interface";
import { Choice, type Option } from "@attune/interface/fields";
import { inLowerCase, plain, whole } from "@attune/interface/figures";
import { slotName } from "@attune/interface/slots";
import { useState } from "react";
import { Button } from "react-aria-components";
import { useQuery, useSubscription } from "urql";
import { graphql, readFragment } from "../../generated";
import type { ContextInput, Device, ShownConfigFragment, UpdateCause } from "../../generated/graphql";
import { useIsAdmin } from "../../session/signed-in";
import { type Names, useNames } from "../../vocabulary";
import { DEVICES } from "../../words";
import { Why } from "./why";

const SHOWN = graphql(`
  fragment ShownConfig on Config {
    revision
    source
    theme {
      mode
    }
    layout {
      density
    }
    features {
      key
      visible
      highlighted
    }
    navigation {
      order
      shortcuts
    }
    content {
      difficulty
      include
      exclude
    }
    recommendations {
      feature
    }
    parameters
    decisions {
      slot
      variation
      rule {
        id
        name
      }
      lost {
        reason
        rule {
          id
          name
        }
      }
    }
  }
`);

const LIVE_CONFIG = graphql(`
  subscription LiveConfig($userId: ID!, $context: ContextInput!) {
    configUpdated(userId: $userId, context: $context) {
      cause
      config {
        ...ShownConfig
      }
    }
  }
`);

/** For analysts, who may read what others see, but not follow it. */
const CONFIG_NOW = graphql(`
  query ConfigNow($userId: ID!, $context: ContextInput!) {
    user(id: $userId) {
      id
      config(context: $context) {
        ...ShownConfig
      }
    }
  }
`);

type Config = ShownConfigFragment;
/** `cause`: why it was pushed; null where it was asked for. */
type Update = Readonly<{ config: Config; cause: UpdateCause | null }>;

const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

type Whose = { userId: string; places: readonly Option<string>[]; profile: number | undefined };

/** `profile`: its revision, if it changed since the page opened. */
export function LiveConfig({ userId, places, profile }: Whose) {
  const [place, setPlace] = useState(places[0]?.value ?? "dashboard");
  const [device, setDevice] = useState<Device>("DESKTOP");
  const [slot, setSlot] = useState<string | null>(null);
  const context: ContextInput = { place, device, timeZone };
  const [result, again] = useShown(userId, context);
  return (
    <div className="stack">
      <div className="row">
        <Choice label="Place" value={place} options={places} change={setPlace} />
        <Choice label="Device" value={device} options={DEVICES} change={setDevice} />
      </div>
      <Loaded result={result} what="config" again={again}>
        {(update) => (
          <div className="grid">
            <Seen update={update} again={again} />
            <Decisions update={update} slot={slot} choose={setSlot} />
          </div>
        )}
      </Loaded>
      <Why userId={userId} context={context} slot={slot} revision={result.data?.config.revision} profile={profile} />
    </div>
  );
}

function useShown(userId: string, context: ContextInput) {
  const isAdmin = useIsAdmin();
  const variables = { userId, context };
  const [{ data: pushed, ...following }, follow] = useSubscription({ query: LIVE_CONFIG, variables, pause: !isAdmin });
  const requestPolicy = "cache-and-network";
  const [{ data: read, ...asking }, ask] = useQuery({ query: CONFIG_NOW, variables, requestPolicy, pause: isAdmin });
  const config = readFragment(SHOWN, isAdmin ? pushed?.configUpdated.config : read?.user?.config);
  const data: Update | undefined = config && { config, cause: pushed?.configUpdated.cause ?? null };
  const { error, fetching } = isAdmin ? following : asking;
  const again = () => (isAdmin ? follow() : ask({ requestPolicy: "network-only" }));
  return [{ data, error, fetching }, again] as const;
}

function Seen({ update, again }: { update: Update; again: () => void }) {
  const { config, cause } = update;
  const shown = inWords(config, useNames());
  return (
    <section className="card stack" aria-labelledby="seen">
      <h2 id="seen">What they see</h2>
      <dl className="pairs" aria-live="polite">
        {shown.map(([name, value]) => (
          <div key={name}>
            <dt className="soft">{name}</dt>
            <dd>{value || "–"}</dd>
          </div>
        ))}
      </dl>
      <p className="soft">
        {inLowerCase(config.source)},{" "}
        {cause ? inLowerCase(cause) : "as it was when you looked: only admins follow it live"}
      </p>
      {cause === null && (
        <div className="row">
          <Button onPress={again}>Look again</Button>
        </div>
      )}
    </section>
  );
}

/** Nothing is said as a dash. */
function inWords(config: Config, names: Names): [string, string][] {
  const listed = (keys: readonly string[], name: (key: string) => string) => keys.map(name).join(", ");
  const features = (which: (one: Config["features"][number]) => boolean) =>
    listed(
      config.features.filter(which).map(({ key }) => key),
      names.features,
    );
  return [
    ["Theme", inLowerCase(config.theme.mode)],
    ["Density", inLowerCase(config.layout.density)],
    ["Navigation", listed(config.navigation.order, names.navigation)],
    ["Shortcuts", listed(config.navigation.shortcuts, names.targets)],
    ["Features", features(({ visible }) => visible)],
    ["Hidden", features(({ visible }) => !visible)],
    ["Highlighted", features(({ highlighted }) => highlighted)],
    ["Difficulty", inLowerCase(config.content.difficulty)],
    ["Content with", listed(config.content.include, names.tags)],
    ["Content without", listed(config.content.exclude, names.tags)],
    [
      "Recommended",
      listed(
        config.recommendations.map(({ feature }) => feature),
        names.features,
      ),
    ],
    ...Object.entries(config.parameters as object).map(([key, value]): [string, string] => [
      names.parameters(key),
      plain(value),
    ]),
  ];
}

const MOST_LOSERS = 5;

type Choosing = { update: Update; slot: string | null; choose: (slot: string | null) => void };

function Decisions({ update, slot, choose }: Choosing) {
  const names = useNames();
  return (
    <section className="card stack" aria-labelledby="decisions">
      <h2 id="decisions">What was decided</h2>
      <ul className="plain stack">
        {update.config.decisions.map((decision) => (
          <li key={decision.slot} className="row between unbroken">
            <span>
              <span className="tag">{slotName(decision.slot, names)}</span>{" "}
              {decision.rule ? <a href={`#/rules/${decision.rule.id}`}>{decision.rule.name}</a> : "their own choice"}
              {decision.variation && ` (${decision.variation})`}
              {decision.lost.slice(0, MOST_LOSERS).map((loser) => (
                <span key={loser.rule.id} className="soft lost">
                  instead of <a href={`#/rules/${loser.rule.id}`}>{loser.rule.name}</a>: {loser.reason}
                </span>
              ))}
              {decision.lost.length > MOST_LOSERS && (
                <span className="soft lost">and of {whole(decision.lost.length - MOST_LOSERS)} more</span>
              )}
            </span>
            <button
              type="button"
              className="button"
              aria-pressed={slot === decision.slot}
              onClick={() => choose(slot === decision.slot ? null : decision.slot)}
            >
              Why?
            </button>
          </li>
        ))}
        {update.config.decisions.length === 0 && <li className="soft">Nothing: this is the default.</li>}
      </ul>
    </section>
  );
}
