/** What can be done with a draft: save it, or discard it; and whether it differs from what is stored. */
import type { ReactNode } from "react";
import { Button } from "react-aria-components";
import type { Held } from "./use-unsaved";

type Props = Readonly<{ of: Held; name: string; isPending: boolean; save: () => void; saved?: ReactNode }>;

/** `saved`: what is said once nothing is unsaved any more. */
export function Saving({ of, name, isPending, save, saved }: Props) {
  const canBeSaved = of.isChanged && !of.isOvertaken;
  return (
    <div className="row">
      <Button
        className="react-aria-Button primary"
        aria-disabled={!canBeSaved}
        isPending={isPending}
        onPress={() => canBeSaved && save()}
      >
        {name}
      </Button>
      {of.isChanged && <Button onPress={of.discard}>Discard changes</Button>}
      <span role="status" className="soft">
        {of.isChanged ? "Not saved yet." : saved}
      </span>
    </div>
  );
}

/** For whoever may not save. */
export function TryingOut({ of }: { of: Held }) {
  return (
    <div className="row">
      <p className="soft">Only admins save rules; what a change would do can be tried here.</p>
      {of.isChanged && <Button onPress={of.discard}>Discard changes</Button>}
    </div>
  );
}
