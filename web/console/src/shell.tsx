/** What surrounds every page of the console: where one is, where one can go, whether what one sees is live. */
import { Loading } from "@attune/interface";
import { type ComponentType, type LazyExoticComponent, lazy, Suspense, useRef, useSyncExternalStore } from "react";
import { Button } from "react-aria-components";
import { Link, Redirect, Route, Router, Switch } from "wouter";
import { useHashLocation } from "wouter/use-hash-location";
import { arriveAt, useArrivals } from "./arrivals";
import { Navigation } from "./navigation";
import { GraphiqlLink } from "./session/graphiql-link";
import { useSession } from "./session/signed-in";
import { Unloadable } from "./unloadable";

type Page = Readonly<{ path: string; name: string; page: LazyExoticComponent<ComponentType> }>;

const PAGES: readonly Page[] = [
  { path: "/overview", name: "Overview", page: lazy(() => import("./pages/overview/overview")) },
  { path: "/people", name: "People", page: lazy(() => import("./pages/people/people")) },
  { path: "/rules", name: "Rules", page: lazy(() => import("./pages/rules/rules")) },
  { path: "/segments", name: "Segments", page: lazy(() => import("./pages/segments/segments")) },
  { path: "/experiments", name: "Experiments", page: lazy(() => import("./pages/experiments/experiments")) },
  { path: "/catalogue", name: "Catalogue", page: lazy(() => import("./pages/catalogue/catalogue")) },
  { path: "/models", name: "Models", page: lazy(() => import("./pages/models/models")) },
  { path: "/audit-log", name: "Audit log", page: lazy(() => import("./pages/audit-log/audit-log")) },
];

export function Shell() {
  return (
    <Router hook={useHashLocation}>
      <SkipToPage />
      <header className="bar">
        <strong>Attune</strong>
        <Navigation>
          {PAGES.map(({ path, name }) => (
            <Link key={path} href={path} className={(active) => (active ? "active" : "")}>
              {name}
            </Link>
          ))}
          <GraphiqlLink />
        </Navigation>
        <Identity />
      </header>
      <Reachability />
      <Main />
    </Router>
  );
}

/** No link: its address would be that of another page here, which are told apart by what follows the “#”. */
function SkipToPage() {
  const skip = () => {
    const main = document.getElementById("main");
    if (main) arriveAt(main);
  };
  return (
    <button type="button" className="button skip" onClick={skip}>
      Skip to the page
    </button>
  );
}

function Main() {
  const [where] = useHashLocation();
  const [, section] = where.split("/");
  const main = useRef<HTMLElement>(null);
  useArrivals(main, PAGES.find(({ path }) => path === `/${section}`)?.name ?? "Console");
  return (
    <main id="main" className="page stack" ref={main} tabIndex={-1}>
      <Unloadable key={section}>
        <Suspense fallback={<Loading what="page" />}>
          <Switch>
            {PAGES.map(({ path, page }) => (
              <Route key={path} path={path} nest component={page} />
            ))}
            <Route>
              <Redirect to="/overview" />
            </Route>
          </Switch>
        </Suspense>
      </Unloadable>
    </main>
  );
}

const LIVENESS = { idle: "", connecting: "Connecting …", live: "Live", lost: "" };

function Reachability() {
  const { connection } = useSession();
  const liveness = useSyncExternalStore(connection.onLiveness, connection.liveness);
  return (
    <div role="status">
      {liveness === "lost" && (
        <p className="unreachable">The engine cannot be reached: what is shown may be outdated. Trying again …</p>
      )}
    </div>
  );
}

function Identity() {
  const { session, connection, signOut } = useSession();
  const liveness = useSyncExternalStore(connection.onLiveness, connection.liveness);
  return (
    <div className="row identity">
      <span role="status" className="soft">
        {LIVENESS[liveness]}
      </span>
      <span className="clipped">
        {session.user} <span className="soft">{session.roles.join(", ")}</span>
      </span>
      <Button onPress={signOut}>Sign out</Button>
    </div>
  );
}
