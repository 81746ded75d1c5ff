/** What surrounds every page of the console: where one is, where one can go, whether what one sees is live. */
import { type Liveness, Loading } from "@attune/interface";
import { type ComponentType, Suspense, useEffect, useRef, useSyncExternalStore } from "react";
import { Button } from "react-aria-components";
import { Link, Redirect, Route, Router, Switch } from "wouter";
import { useHashLocation } from "wouter/use-hash-location";
import { arriveAt, useArrivals } from "./arrivals";
import { fetchTheRest, later } from "./later";
import { Navigation } from "./navigation";
import { GraphiqlLink } from "./session/graphiql-link";
import { useSession } from "./session/signed-in";
import { Unloadable } from "./unloadable";

type Page = Readonly<{ path: string; name: string; page: ComponentType }>;

const PAGES: readonly Page[] = [
  { path: "/overview", name: "Overview", page: later(() => import("./pages/overview/overview")) },
  { path: "/people", name: "People", page: later(() => import("./pages/people/people")) },
  { path: "/rules", name: "Rules", page: later(() => import("./pages/rules/rules")) },
  { path: "/segments", name: "Segments", page: later(() => import("./pages/segments/segments")) },
  { path: "/experiments", name: "Experiments", page: later(() => import("./pages/experiments/experiments")) },
  { path: "/catalogue", name: "Catalogue", page: later(() => import("./pages/catalogue/catalogue")) },
  { path: "/models", name: "Models", page: later(() => import("./pages/models/models")) },
  { path: "/audit-log", name: "Audit log", page: later(() => import("./pages/audit-log/audit-log")) },
];

/** Until then whoever signs in looks at the first page. */
const REST_AFTER_MS = 5_000;

export function Shell() {
  useEffect(() => {
    const timer = setTimeout(() => void fetchTheRest(), REST_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
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
    <main id="main" className="page stack" ref={main}>
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

function useLiveness(): Liveness {
  const { connection } = useSession();
  return useSyncExternalStore(connection.onLiveness, connection.liveness);
}

const LIVENESS = { idle: "", connecting: "Connecting …", live: "Live", lost: "" };

function Reachability() {
  return (
    <div role="status" className="reachability">
      {useLiveness() === "lost" && (
        <p className="unreachable">No live connection to the engine: what is shown may be outdated. Trying again …</p>
      )}
    </div>
  );
}

function Identity() {
  const { session, signOut } = useSession();
  return (
    <div className="row identity">
      <span role="status" className="soft">
        {LIVENESS[useLiveness()]}
      </span>
      <span className="clipped">
        {session.user} <span className="soft">{session.roles.join(", ")}</span>
      </span>
      <Button onPress={signOut}>Sign out</Button>
    </div>
  );
}
