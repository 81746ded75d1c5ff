/** What do the figures suggest, and who carries it out? */
import { Failed } from "@attune/interface";
import { useState } from "react";
import { Button } from "react-aria-components";
import { useMutation } from "urql";
import { graphql, readFragment } from "../../generated";
import { Problems } from "../../problems";
import { useIsAdmin } from "../../session/signed-in";
import { SUGGESTED, SuggestionList, type Suggestions as Told } from "../../suggestions/suggestion-list";

const APPLY = graphql(`
  mutation ApplySuggestions {
    optimizeRules(input: { apply: true }) {
      applied {
        ...Suggested
      }
      userErrors {
        message
        path
      }
    }
  }
`);

export function Suggestions({ of }: { of: Told }) {
  const isAdmin = useIsAdmin();
  const [result, apply] = useMutation(APPLY);
  const applicable = readFragment(SUGGESTED, of).filter((one) => one.applicable).length;
  const problems = result.data?.optimizeRules.userErrors ?? [];
  const applied = result.data?.optimizeRules.applied ?? [];
  return (
    <section className="card stack wide" aria-labelledby="suggestions">
      <h2 id="suggestions">Suggestions</h2>
      {of.length > 0 ? (
        <SuggestionList of={of} />
      ) : (
        <p className="soft">The figures suggest no change: there is too little of them, or all is well.</p>
      )}
      {isAdmin && applicable > 0 && (
        <Apply count={applicable} isPending={result.fetching} apply={() => void apply({})} />
      )}
      {result.error && <Failed error={result.error} />}
      {problems.length > 0 && <Problems of={problems} />}
      {applied.length > 0 && (
        <section className="stack" aria-label="Carried out" role="status">
          <h3>Carried out</h3>
          <SuggestionList of={applied} />
        </section>
      )}
    </section>
  );
}

function Apply({ count, isPending, apply }: { count: number; isPending: boolean; apply: () => void }) {
  const [isAsked, setIsAsked] = useState(false);
  if (!isAsked) {
    return (
      <Button onPress={() => setIsAsked(true)}>{count === 1 ? "Apply it …" : `Apply all ${count} of them …`}</Button>
    );
  }
  return (
    <div className="row">
      <p>Rules change for everybody at once. Each can be rolled back in its history.</p>
      <Button className="react-aria-Button primary" isPending={isPending} onPress={apply} autoFocus>
        Apply
      </Button>
      <Button onPress={() => setIsAsked(false)}>Leave it</Button>
    </div>
  );
}
