/** Which configs arrived, and what in them was new? */
import type { Context, Update } from "@attune/client";
import { useAttune } from "@attune/client/react";
import { Empty } from "@attune/interface";
import { timeOfDay } from "@attune/interface/figures";
import { useEffect, useState } from "react";
import { inWords } from "./slots";

type Push = Readonly<{ number: number; at: Date; view: string; update: Update }>;

const MOST_SHOWN = 8;

const CAUSES: Record<Update["cause"], string> = {
  SUBSCRIBED: "the page opened",
  RULE_CHANGED: "a rule changed",
  PROFILE_CHANGED: "the profile changed",
  CATALOGUE_CHANGED: "the catalogue changed",
  SCHEDULE: "it was time",
  PRIVACY_CHANGED: "a choice was made",
  RESYNCHRONISED: "the engine is back",
};

const viewOf = ({ device }: Context) => (device === "MOBILE" ? "phone" : "desktop");

export function Pushes({ contexts }: { contexts: readonly Context[] }) {
  const attune = useAttune();
  const [pushes, setPushes] = useState<readonly Push[]>([]);
  useEffect(() => {
    const stops = contexts.map((context) =>
      attune.live(context).listen((_config, update) => {
        if (!update) return;
        setPushes((earlier) => {
          const push = { number: (earlier[0]?.number ?? 0) + 1, at: new Date(), view: viewOf(context), update };
          return [push, ...earlier].slice(0, MOST_SHOWN);
        });
      }),
    );
    return () => {
      for (const stop of stops) stop();
    };
  }, [attune, contexts]);
  return (
    <section className="stack" aria-label="Pushed configs">
      <h2>Configs it sent</h2>
      {pushes.length === 0 && <Empty>None since the page opened: the one you see is still right.</Empty>}
      <ol className="plain pushes" aria-live="polite">
        {pushes.map((push, index) => (
          <li key={push.number}>
            {/* The newest of each view; one can still look at the others. */}
            <Arrived push={push} isNew={index < contexts.length} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Arrived({ push: { at, view, update }, isNew }: { push: Push; isNew: boolean }) {
  const what = (
    <>
      <span className="soft">{timeOfDay(at)}</span> {view}: {CAUSES[update.cause]}
    </>
  );
  if (update.changedSlots.length === 0) return what;
  return (
    <details open={isNew}>
      <summary>{what}</summary>
      <div className="row">
        {update.changedSlots.map((slot) => (
          <span key={slot} className="tag">
            {inWords(slot, update.config)}
          </span>
        ))}
      </div>
    </details>
  );
}
