/** A segment that is not there yet. */
import { Empty } from "@attune/interface";
import { Link, useLocation } from "wouter";
import { useIsAdmin } from "../../session/signed-in";
import { NEW_SEGMENT, SegmentEditor } from "./segment-editor";

export default function NewSegment() {
  const [, go] = useLocation();
  return (
    <>
      <Link href="/">← All segments</Link>
      <h1>New segment</h1>
      {useIsAdmin() ? (
        <SegmentEditor draft={NEW_SEGMENT} isNew saved={(key) => go(`/of/${encodeURIComponent(key)}`)} />
      ) : (
        <Empty>Only admins make segments.</Empty>
      )}
    </>
  );
}
