/** The planner: everything about its interface that may differ between people is read from the config. */
import type { Config, Context } from "@attune/client";
import { useConfig } from "@attune/client/react";
import { Loading } from "@attune/interface";
import { type ReactNode, useEffect, useState } from "react";
import { Button } from "react-aria-components";
import { Automation } from "./automation";
import { Board } from "./board";
import { Dashboard } from "./dashboard";
import { useTell, WhereContext } from "./doing";
import { isHighlighted, isWithinReach, nameOf, PAGES, type Page, pageOf, shownFeature, shownPages } from "./features";
import type { Plan } from "./plans";
import { Reports, useExport } from "./reports";
import { Settings } from "./settings";
import { Team } from "./team";

export function Planner({ context, plan, name }: { context: Context; plan: Plan; name: string }) {
  const config = useConfig(context);
  if (!config) return <Loading what="planner" />;
  return (
    <WhereContext value={context}>
      <article
        className="planner"
        aria-label={name}
        data-theme={config.theme.mode.toLowerCase()}
        data-density={config.layout.density.toLowerCase()}
      >
        <Pages config={config} plan={plan} />
        {/* Another one for another config, so that it glows again. */}
        <span className="glow" key={config.revision} aria-hidden="true" />
      </article>
    </WhereContext>
  );
}

function Pages({ config, plan }: { config: Config; plan: Plan }) {
  const [chosen, setPage] = useState<Page>("dashboard");
  const pages = shownPages(config);
  // What was open may be hidden meanwhile.
  const page = pages.includes(chosen) ? chosen : "dashboard";
  const tell = useTell(page);
  useEffect(() => tell({ kind: "PAGE_VIEW", target: page }), [tell, page]);
  const open = (key: string) => {
    const next = pageOf(key);
    if (!next) return;
    if (shownFeature(config, next)) tell({ kind: "FEATURE_USE", target: next });
    setPage(next);
  };
  return (
    <>
      <nav aria-label="Planner">
        {pages.map((one) => (
          <NavigationButton
            key={one}
            current={one === page}
            highlighted={isHighlighted(config, one, page)}
            open={() => open(one)}
          >
            {PAGES[one]}
          </NavigationButton>
        ))}
        <Shortcuts config={config} plan={plan} open={open} />
      </nav>
      <div className="planner-page stack">
        {page === "dashboard" && <Dashboard config={config} plan={plan} open={open} />}
        {page === "board" && <Board plan={plan} />}
        {page === "reports" && <Reports config={config} plan={plan} />}
        {page === "automation" && <Automation plan={plan} />}
        {page === "team" && <Team plan={plan} />}
        {page === "settings" && <Settings config={config} />}
      </div>
    </>
  );
}

function NavigationButton(props: { current: boolean; highlighted: boolean; open: () => void; children: ReactNode }) {
  const { current, highlighted, open, children } = props;
  return (
    <Button
      className={highlighted ? "react-aria-Button highlighted" : "react-aria-Button"}
      aria-current={current ? "page" : undefined}
      onPress={open}
    >
      {children}
      {highlighted && <span className="visually-hidden"> (new for you)</span>}
    </Button>
  );
}

function Shortcuts({ config, plan, open }: { config: Config; plan: Plan; open: (key: string) => void }) {
  const exportTasks = useExport(plan);
  return config.navigation.shortcuts
    .filter((key) => isWithinReach(config, key))
    .map((key) => (
      <Button
        key={key}
        className="react-aria-Button shortcut"
        aria-label={`Shortcut to ${nameOf(key)}`}
        onPress={() => (key === "export" ? exportTasks() : open(key))}
      >
        ↗ {nameOf(key)}
      </Button>
    ));
}
