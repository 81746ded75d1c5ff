/** Experiments: all of them, or one. */
import { Route, Switch } from "wouter";
import { later } from "../../later";
import { ExperimentList } from "./experiment-list";

const OneExperiment = later(() => import("./one-experiment"));

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
