/** People: find one, and see what the engine knows of them and does for them. */
import { Route, Switch } from "wouter";
import { later } from "../../later";
import { PeopleList } from "./people-list";

const Person = later(() => import("./person"));

export default function People() {
  return (
    <Switch>
      <Route path="/:id">{({ id }) => <Person key={id} id={decodeURIComponent(id)} />}</Route>
      <Route>
        <PeopleList />
      </Route>
    </Switch>
  );
}
