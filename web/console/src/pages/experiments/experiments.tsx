/** Experiments: all of them, or one. */
import { lazy } from "react";
import { Route, Switch } from "wouter";
import { ExperimentList } from "./experiment-list";

const OneExperiment = lazy(() => import("./one-experiment"));

export default function Experiments() {
  return (
    <Switch>
      <Route path="/:id">{({ id }) => <OneExperiment key={id} id={id} />}</Route>
      <Route>
        <ExperimentList />
      </Route>
    </Switch>
  );
}
