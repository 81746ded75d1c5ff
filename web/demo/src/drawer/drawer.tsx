/** What does the engine know and do while the planner is used? */
import type { Context } from "@attune/client";
import { Button } from "react-aria-components";
import { useVisit } from "../visiting/visiting";
import { KnownProfile } from "./known-profile";
import { Pushes } from "./pushes";
import { Why } from "./why";

export function Drawer({ contexts }: { contexts: readonly Context[] }) {
  const { becomeAnother } = useVisit();
  return (
    <aside className="drawer stack" aria-label="What the engine does">
      <KnownProfile />
      <Pushes contexts={contexts} />
      <Why context={contexts[0] ?? { place: "dashboard" }} />
      <Button onPress={becomeAnother}>Begin as somebody else</Button>
    </aside>
  );
}
