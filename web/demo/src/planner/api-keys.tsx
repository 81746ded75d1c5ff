/** How does a program of somebody's own read the board? With a key, which here opens nothing. */
import type { Config } from "@attune/client";
import { useState } from "react";
import { Button } from "react-aria-components";
import { useTell } from "./doing";
import { shownFeature } from "./features";

export function ApiKeys({ config }: { config: Config }) {
  const tell = useTell("settings");
  const [made, setMade] = useState(0);
  const feature = shownFeature(config, "api_keys");
  if (!feature) return null;
  return (
    <section className="listed" aria-label="API keys">
      <h3>API keys</h3>
      <p>{made ? `${made} made, for this page only: it is a demonstration.` : "None yet."}</p>
      <Button
        className={feature.highlighted ? "react-aria-Button primary" : "react-aria-Button"}
        onPress={() => {
          tell({ kind: "FEATURE_USE", target: "api_keys" });
          setMade(made + 1);
        }}
      >
        Make a key
      </Button>
    </section>
  );
}
