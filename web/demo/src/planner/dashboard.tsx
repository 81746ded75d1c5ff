/** Where somebody arrives: a greeting, what is recommended to them, what there is to read. */
import type { Config } from "@attune/client";
import { useState } from "react";
import { Button } from "react-aria-components";
import { useTell } from "./doing";
import { isWithinReach, nameOf } from "./features";
import type { Plan } from "./plans";
import { COLUMNS } from "./projects";
import { shownTips, TIPS } from "./tips";
import { Tour } from "./tour";

export function Dashboard({ config, plan, open }: { config: Config; plan: Plan; open: (page: string) => void }) {
  const greeting = config.parameters.welcome_text;
  return (
    <>
      <h2>{typeof greeting === "string" ? greeting : "Welcome"}</h2>
      <ul className="counts">
        {COLUMNS.map((column) => (
          <li key={column}>
            <strong>{plan.tasks.filter((task) => task.column === column).length}</strong> {column}
          </li>
        ))}
      </ul>
      <Tour config={config} />
      <Recommended config={config} open={open} />
      <Tips config={config} />
    </>
  );
}

function Recommended({ config, open }: { config: Config; open: (page: string) => void }) {
  const tell = useTell("dashboard");
  const [dismissed, setDismissed] = useState<readonly string[]>([]);
  const recommended = config.recommendations.filter(
    ({ feature }) => isWithinReach(config, feature) && !dismissed.includes(feature),
  );
  if (recommended.length === 0) return null;
  return (
    <section className="listed" aria-label="Recommended">
      <h3>Recommended for you</h3>
      <ul className="plain">
        {recommended.map(({ feature, reason }) => (
          <li key={feature} className="row recommended">
            <Button
              onPress={() => {
                tell({ kind: "CLICK", target: feature });
                open(feature);
              }}
            >
              {nameOf(feature)}
            </Button>
            <span className="soft">{reason}</span>
            <Button
              aria-label={`Not interested in ${nameOf(feature)}`}
              onPress={() => {
                tell({ kind: "DISMISS", target: feature });
                setDismissed([...dismissed, feature]);
              }}
            >
              ✕
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Tips({ config }: { config: Config }) {
  const tell = useTell("dashboard");
  return (
    <section className="listed" aria-label="Worth reading">
      <h3>Worth reading</h3>
      {shownTips(TIPS, config.content).map((tip) => (
        <details
          key={tip.key}
          onToggle={(event) =>
            event.currentTarget.open && tell({ kind: "CONTENT_VIEW", target: tip.key, tags: [tip.tag] })
          }
        >
          <summary>{tip.title}</summary>
          <p>{tip.text}</p>
        </details>
      ))}
    </section>
  );
}
