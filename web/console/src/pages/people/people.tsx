/** People: find one, and see what the engine knows of them and does for them. */
import { Route, Switch } from "wouter";
import { usePartOfAddress } from "../../addresses";
import { later } from "../../later";
import { PeopleList } from "./people-list";

const Person = later(() => import("./person"));

export default function People() {
  const id = usePartOfAddress(1);
  return (
    <Switch>
      <Route path="/:id">
        <Person key={id} id={id} />
      </Route>
      <Route>
        <PeopleList />
      </Route>
    </Switch>
  );
}
