/** What if somebody else was faster? Neither change is lost: theirs is told, mine can be put on top of it. */
import type { ReactNode } from "react";
import { Button } from "react-aria-components";
import type { Held } from "./use-unsaved";

type Both = Readonly<{ mine: Held; children?: ReactNode }>;

export function Overtaken({ mine, children = <p>Somebody else changed this while you did.</p> }: Both) {
  if (!mine.isOvertaken) return null;
  return (
    <section className="card stack warned" role="alert" aria-label="Changed meanwhile">
      {children}
      <p className="soft">What both of you changed stays as you wrote it.</p>
      <div className="row">
        <Button className="react-aria-Button primary" onPress={mine.moveOn}>
          Put mine on top of it
        </Button>
        <Button onPress={mine.discard}>Discard mine</Button>
      </div>
    </section>
  );
}
