/** What is somebody writing, and from what did it begin? It outlives the page: other pages, an expired token, a reload. */
import { useState } from "react";
import { useSession } from "../session/signed-in";
import { isSame, type Kept, keep, kept, nameOf, putOnTop } from "./keeping";

export type Unsaved<Value> = Held & Readonly<{ draft: Value; change: (draft: Value) => void }>;

export type Held = Readonly<{
  isChanged: boolean;
  /** Somebody else changed what was read before the first change. */
  isOvertaken: boolean;
  /** The revision that the draft is a change of. */
  since: number;
  /** Another one for each draft that did not come from the one before: fields begin anew. */
  edition: string;
  saved: () => void;
  discard: () => void;
  /** The same changes, but of what is stored now. */
  moveOn: () => void;
}>;

/** `isSaved`: what is stored becomes it as soon as it is read again. */
type Writing<Value> = Kept<Value> & Readonly<{ isSaved?: boolean }>;

/** `stored`: what the engine has, at `revision`, if there are revisions of it. */
export function useUnsaved<Value extends object>(what: string, stored: Value, revision = 0): Unsaved<Value> {
  const name = nameOf(useSession().session.user, what);
  const [written, write] = useState<Writing<Value> | null>(() => kept<Value>(name));
  const [turn, setTurn] = useState(0);
  const isSuperseded = written !== null && !isSame(written.base, stored);
  const { isSaved = false, ...held } =
    written === null || (written.isSaved && isSuperseded)
      ? { base: stored, draft: stored, revision, isSaved: true }
      : written;
  const become = (next: Writing<Value> | null) => {
    keep(name, next?.isSaved ? null : next);
    write(next);
  };
  const beginAnew = (next: Writing<Value> | null) => {
    become(next);
    setTurn(turn + 1);
  };
  const isOvertaken = !isSaved && isSuperseded;
  const since = isOvertaken ? held.revision : revision;
  return {
    draft: held.draft,
    isChanged: !isSaved,
    isOvertaken,
    since,
    edition: `${since} ${turn}`,
    change: (draft) => become({ base: isSaved ? held.draft : held.base, revision: since, draft }),
    saved: () => become({ ...held, isSaved: true }),
    discard: () => beginAnew(null),
    moveOn: () => beginAnew({ base: stored, revision, draft: putOnTop(held.base, held.draft, stored) }),
  };
}
