/** Segments: all of them beside each other, one of them, a new one. */
import { lazy } from "react";
import { Route, Switch } from "wouter";
import { SegmentList } from "./segment-list";

const NewSegment = lazy(() => import("./new-segment"));
const OneSegment = lazy(() => import("./one-segment"));

export default function Segments() {
  return (
    <Switch>
      <Route path="/new" component={NewSegment} />
      <Route path="/of/:key">{({ key }) => <OneSegment key={key} segment={decodeURIComponent(key)} />}</Route>
      <Route>
        <SegmentList />
      </Route>
    </Switch>
  );
}
