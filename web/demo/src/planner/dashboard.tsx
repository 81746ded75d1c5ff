/** Where somebody arrives: a greeting, what is recommended to them, what there is to read. */
import type { Config } from "@attune/client";
import { Button } from "react-aria-components";
import { useTell } from "./doing";
import type { Plan } from "./plans";
import { COLUMNS } from "./projects";
import { shownTips, TIPS } from "./tips";

export function Dashboard({ config, plan, open }: { config: Config; plan: Plan; open: (page: string) => void }) {
  const greeting = (config.parameters as Record<string, unknown>).welcome_text;
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

function Tour({ config }: { config: Config }) {
  const tell = useTell("dashboard");
  const tour = config.features.find((feature) => feature.key === "tour");
  if (!tour?.visible) return null;
  return (
    <Button
      className={tour.highlighted ? "react-aria-Button primary" : "react-aria-Button"}
      onPress={() => tell({ kind: "FEATURE_USE", target: "tour" })}
    >
      Take the tour
    </Button>
  );
}

function Recommended({ config, open }: { config: Config; open: (page: string) => void }) {
  const tell = useTell("dashboard");
  if (config.recommendations.length === 0) return null;
  return (
    <section className="listed" aria-label="Recommended">
      <h3>Recommended for you</h3>
      <ul className="plain">
        {config.recommendations.map(({ feature, reason }) => (
          <li key={feature} className="row recommended">
            <Button
              onPress={() => {
                tell({ kind: "CLICK", target: feature });
                open(feature);
              }}
            >
              {feature}
            </Button>
            <span className="soft">{reason}</span>
            <Button
              aria-label={`Not interested in ${feature}`}
              onPress={() => tell({ kind: "DISMISS", target: feature })}
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
