/** What does a person see at a place, right now, and why each part of it? */
import { Loaded } from "@attune/interface";
import { Choice, type Option } from "@attune/interface/fields";
import { inLowerCase } from "@attune/interface/figures";
import { useState } from "react";
import { useSubscription } from "urql";
import { graphql } from "../../generated";
import type { ContextInput, Device, LiveConfigSubscription } from "../../generated/graphql";
import { DEVICES } from "../../words";
import { Why } from "./why";

const LIVE_CONFIG = graphql(`
  subscription LiveConfig($userId: ID!, $context: ContextInput!) {
    configUpdated(userId: $userId, context: $context) {
      cause
      changedSlots
      config {
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
    }
  }
`);

type Update = LiveConfigSubscription["configUpdated"];

const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

type Whose = { userId: string; places: readonly Option<string>[]; profile: number | undefined };

/** `profile`: its revision, if it changed since the page opened. */
export function LiveConfig({ userId, places, profile }: Whose) {
  const [place, setPlace] = useState(places[0]?.value ?? "dashboard");
  const [device, setDevice] = useState<Device>("DESKTOP");
  const [slot, setSlot] = useState<string | null>(null);
  const context: ContextInput = { place, device, timeZone };
  const [result] = useSubscription({ query: LIVE_CONFIG, variables: { userId, context } });
  return (
    <div className="stack">
      <div className="row">
        <Choice label="Place" value={place} options={places} change={setPlace} />
        <Choice label="Device" value={device} options={DEVICES} change={setDevice} />
      </div>
      <Loaded result={result} what="config">
        {({ configUpdated }) => (
          <div className="grid">
            <Seen update={configUpdated} />
            <Decisions update={configUpdated} slot={slot} choose={setSlot} />
          </div>
        )}
      </Loaded>
      <Why
        userId={userId}
        context={context}
        slot={slot}
        revision={result.data?.configUpdated.config.revision}
        profile={profile}
      />
    </div>
  );
}

function Seen({ update }: { update: Update }) {
  const { config, cause } = update;
  const shown: [string, string][] = [
    ["theme", config.theme.mode.toLowerCase()],
    ["density", config.layout.density.toLowerCase()],
    ["navigation", config.navigation.order.join(", ")],
    ["shortcuts", config.navigation.shortcuts.join(", ")],
    [
      "features",
      config.features
        .filter((one) => one.visible)
        .map((one) => one.key)
        .join(", "),
    ],
    [
      "hidden",
      config.features
        .filter((one) => !one.visible)
        .map((one) => one.key)
        .join(", "),
    ],
    [
      "highlighted",
      config.features
        .filter((one) => one.highlighted)
        .map((one) => one.key)
        .join(", "),
    ],
    ["difficulty", config.content.difficulty.toLowerCase()],
    ["recommended", config.recommendations.map((one) => one.feature).join(", ")],
    ["parameters", JSON.stringify(config.parameters)],
  ];
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
        {inLowerCase(config.source)}, {inLowerCase(cause)}
      </p>
    </section>
  );
}

type Choosing = { update: Update; slot: string | null; choose: (slot: string | null) => void };

function Decisions({ update, slot, choose }: Choosing) {
  return (
    <section className="card stack" aria-labelledby="decisions">
      <h2 id="decisions">What was decided</h2>
      <ul className="plain stack">
        {update.config.decisions.map((decision) => (
          <li key={decision.slot} className="row between unbroken">
            <span>
              <span className="tag">{decision.slot}</span>{" "}
              {decision.rule ? <a href={`#/rules/${decision.rule.id}`}>{decision.rule.name}</a> : "their own choice"}
              {decision.variation && ` (${decision.variation})`}
              {decision.lost.map((loser) => (
                <span key={loser.rule.id} className="soft lost">
                  instead of <a href={`#/rules/${loser.rule.id}`}>{loser.rule.name}</a>: {loser.reason}
                </span>
              ))}
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
