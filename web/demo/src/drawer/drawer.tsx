/** What does the engine know and do while the planner is used? */
import type { Context } from "@attune/client";
import { KnownProfile } from "./known-profile";
import { Pushes } from "./pushes";
import { Why } from "./why";

export function Drawer({ contexts }: { contexts: readonly Context[] }) {
  return (
    <aside className="drawer stack" aria-label="What the engine does">
      <KnownProfile />
      <Pushes contexts={contexts} />
      {contexts.map((context) => (
        <Why key={context.device} context={context} />
      ))}
    </aside>
  );
}
