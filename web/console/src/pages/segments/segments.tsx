/** Segments: all of them beside each other, one of them, a new one. */
import { Route, Switch } from "wouter";
import { usePartOfAddress } from "../../addresses";
import { later } from "../../later";
import { SegmentList } from "./segment-list";

const NewSegment = later(() => import("./new-segment"));
const OneSegment = later(() => import("./one-segment"));

export default function Segments() {
  const key = usePartOfAddress(2);
  return (
    <Switch>
      <Route path="/new" component={NewSegment} />
      <Route path="/of/:key">
        <OneSegment key={key} segment={key} />
      </Route>
      <Route>
        <SegmentList />
      </Route>
    </Switch>
  );
}
