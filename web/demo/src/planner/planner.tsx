/** The planner: everything about its interface that may differ between people is read from the config. */
import type { Config, Context } from "@attune/client";
import { useAttune, useConfig } from "@attune/client/react";
import { Loading } from "@attune/interface";
import { type ReactNode, useEffect, useState } from "react";
import { Button } from "react-aria-components";
import { Automation } from "./automation";
import { Board } from "./board";
import { Dashboard } from "./dashboard";
import { useTell, WhereContext } from "./doing";
import type { Plan } from "./plans";
import { Reports } from "./reports";
import { Settings } from "./settings";
import { Team } from "./team";

type Page = "dashboard" | "board" | "reports" | "automation" | "team" | "settings";

const NAMES: Record<Page, string> = {
  dashboard: "Dashboard",
  board: "Board",
  reports: "Reports",
  automation: "Automation",
  team: "Team",
  settings: "Settings",
};
/** Pages that are features of the catalogue: shown only if the config shows the feature. */
const FEATURES: readonly string[] = ["board", "reports", "automation"];

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
      </article>
    </WhereContext>
  );
}

function Pages({ config, plan }: { config: Config; plan: Plan }) {
  const [page, setPage] = useState<Page>("dashboard");
  const tell = useTell(page);
  useEffect(() => tell({ kind: "PAGE_VIEW", target: page }), [tell, page]);
  const pages = orderedPages(config);
  const open = (next: Page) => {
    if (FEATURES.includes(next)) tell({ kind: "FEATURE_USE", target: next });
    setPage(next);
  };
  return (
    <>
      <nav aria-label="Planner">
        {pages.map((one) => (
          <NavigationButton
            key={one}
            current={one === page}
            highlighted={isHighlighted(config, one)}
            open={() => open(one)}
          >
            {NAMES[one]}
          </NavigationButton>
        ))}
        {config.navigation.shortcuts.map((target) => (
          <Shortcut key={target} target={target} open={() => isPage(target) && open(target)} />
        ))}
      </nav>
      <div className="planner-page stack">
        {page === "dashboard" && <Dashboard config={config} plan={plan} open={(to) => isPage(to) && open(to)} />}
        {page === "board" && <Board plan={plan} />}
        {page === "reports" && <Reports config={config} plan={plan} />}
        {page === "automation" && <Automation plan={plan} />}
        {page === "team" && <Team plan={plan} />}
        {page === "settings" && <Settings config={config} />}
      </div>
    </>
  );
}

const isPage = (key: string): key is Page => key in NAMES;
const isHighlighted = (config: Config, key: string) =>
  config.features.some((feature) => feature.key === key && feature.highlighted);

/** The navigation of the config, then pages that it does not name; without what is not to be seen. */
function orderedPages(config: Config): Page[] {
  const isShown = (page: Page) =>
    !FEATURES.includes(page) || config.features.some((feature) => feature.key === page && feature.visible);
  const named = config.navigation.order.filter(isPage);
  const others = Object.keys(NAMES).filter((page): page is Page => isPage(page) && !named.includes(page));
  return [...named, ...others].filter(isShown);
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

function Shortcut({ target, open }: { target: string; open: () => void }) {
  useAttune();
  return (
    <Button className="react-aria-Button shortcut" onPress={open}>
      ↗ {target}
    </Button>
  );
}
