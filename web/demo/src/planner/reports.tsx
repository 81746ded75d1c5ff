/** Where did the days go? */
import type { Config } from "@attune/client";
import { Button } from "react-aria-components";
import { useTell } from "./doing";
import { shownFeature } from "./features";
import type { Plan } from "./plans";
import { asCsv } from "./projects";

export function Reports({ config, plan }: { config: Config; plan: Plan }) {
  const owners = [...new Set(plan.tasks.map((task) => task.owner))];
  const days = (owner: string) =>
    plan.tasks.filter((task) => task.owner === owner).reduce((sum, task) => sum + task.days, 0);
  const most = Math.max(1, ...owners.map(days));
  return (
    <>
      <h2>Reports</h2>
      <dl className="bars">
        {owners.map((owner) => (
          <div key={owner}>
            <dt>{owner}</dt>
            <dd>
              <meter min={0} max={most} value={days(owner)} aria-label={`Days planned for ${owner}`} /> {days(owner)}{" "}
              days
            </dd>
          </div>
        ))}
      </dl>
      <Export config={config} plan={plan} />
    </>
  );
}

function Export({ config, plan }: { config: Config; plan: Plan }) {
  const feature = shownFeature(config, "export");
  const save = useExport(plan);
  if (!feature) return null;
  return (
    <Button className={feature.highlighted ? "react-aria-Button primary" : "react-aria-Button"} onPress={save}>
      Export as a table
    </Button>
  );
}

export function useExport(plan: Plan): () => void {
  const tell = useTell("reports");
  return () => {
    tell({ kind: "FEATURE_USE", target: "export" });
    const address = URL.createObjectURL(new Blob([asCsv(plan.tasks)], { type: "text/csv" }));
    Object.assign(document.createElement("a"), { href: address, download: "tasks.csv" }).click();
    URL.revokeObjectURL(address);
  };
}
