/** Rules: all of them, one of them, a new one. */
import { lazy } from "react";
import { Route, Switch } from "wouter";
import { RuleList } from "./rule-list";

const NewRule = lazy(() => import("./new-rule"));
const OneRule = lazy(() => import("./one-rule"));
const Exchange = lazy(() => import("./exchange"));

export default function Rules() {
  return (
    <Switch>
      <Route path="/new" component={NewRule} />
      <Route path="/exchange" component={Exchange} />
      <Route path="/:id">{({ id }) => <OneRule key={id} id={id} />}</Route>
      <Route>
        <RuleList />
      </Route>
    </Switch>
  );
}
