/** Rules: all of them, one of them, a new one. */
import { Route, Switch } from "wouter";
import { later } from "../../later";
import { RuleList } from "./rule-list";

const NewRule = later(() => import("./new-rule"));
const OneRule = later(() => import("./one-rule"));
const Exchange = later(() => import("./exchange"));

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
