/** A segment that is not there yet. */
import { Link, useLocation } from "wouter";
import { NEW_SEGMENT, SegmentEditor } from "./segment-editor";

export default function NewSegment() {
  const [, go] = useLocation();
  return (
    <>
      <Link href="/">← All segments</Link>
      <h1>New segment</h1>
      <SegmentEditor draft={NEW_SEGMENT} isNew saved={(key) => go(`/of/${encodeURIComponent(key)}`)} />
    </>
  );
}
