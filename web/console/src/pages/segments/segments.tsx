/** Segments: all of them beside each other, one of them, a new one. */
import { Route, Switch } from "wouter";
import { later } from "../../later";
import { SegmentList } from "./segment-list";

const NewSegment = later(() => import("./new-segment"));
const OneSegment = later(() => import("./one-segment"));

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
