/** The planner in one or two views, and beside it what the engine knows and does meanwhile. */
import type { Context } from "@attune/client";
import { useMemo, useState } from "react";
import { Button, Switch } from "react-aria-components";
import { Drawer } from "./drawer/drawer";
import { Planner } from "./planner/planner";
import { usePlan } from "./planner/plans";
import { useIsAway, useVisit } from "./visiting/visiting";

const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const DESKTOP: Context = { place: "dashboard", device: "DESKTOP", timeZone };
const PHONE: Context = { place: "mobile", device: "MOBILE", timeZone };

export function Demo() {
  const plan = usePlan();
  const { visitor, becomeAnother } = useVisit();
  const isAway = useIsAway();
  const [hasPhone, setHasPhone] = useState(false);
  const [isOpen, setIsOpen] = useState(true);
  const contexts = useMemo(() => (hasPhone ? [DESKTOP, PHONE] : [DESKTOP]), [hasPhone]);
  return (
    <div className="demo" data-drawer={isOpen}>
      <header className="demo-bar">
        <h1>Planner</h1>
        <span className="soft">a demonstration of Attune, used by {visitor.slice(0, 13)}</span>
        <Button onPress={becomeAnother}>Begin as somebody else</Button>
        <Toggle chosen={hasPhone} choose={setHasPhone} name="A phone beside it" />
        <Toggle chosen={isOpen} choose={setIsOpen} name="What the engine does" />
        {isAway && (
          <p className="away" role="status">
            The engine is away: you see what it sent last, and what you do is told it later.
          </p>
        )}
      </header>
      <main className="views" key={visitor}>
        <Planner context={DESKTOP} plan={plan} name="Planner on a desktop" />
        {hasPhone && (
          <div className="phone">
            <Planner context={PHONE} plan={plan} name="Planner on a phone" />
          </div>
        )}
      </main>
      {isOpen && <Drawer key={visitor} contexts={contexts} />}
    </div>
  );
}

function Toggle({ chosen, choose, name }: { chosen: boolean; choose: (chosen: boolean) => void; name: string }) {
  return (
    <Switch isSelected={chosen} onChange={choose} className="toggle">
      <span className="track" aria-hidden="true" />
      {name}
    </Switch>
  );
}
