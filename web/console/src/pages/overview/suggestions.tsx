/** What do the figures suggest, and who carries it out? */
import { Failed, Loaded, useAnnounce } from "@attune/interface";
import { useEffect } from "react";
import { useMutation, useQuery } from "urql";
import { Confirmation } from "../../confirmation";
import { graphql, readFragment } from "../../generated";
import type { PeriodInput } from "../../generated/graphql";
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

/** Not with the figures that are pushed: there may be hundreds, and they do not change every second. */
const SUGGESTIONS = graphql(`
  query SuggestedNow($period: PeriodInput!) {
    analytics(period: $period) {
      suggestions {
        ...Suggested
      }
    }
  }
`);

const ASK_EVERY_MS = 60_000;

export function Suggestions({ during: period }: { during: PeriodInput }) {
  const [result, again] = useQuery({ query: SUGGESTIONS, variables: { period }, requestPolicy: "cache-and-network" });
  useEffect(() => {
    const timer = setInterval(() => again({ requestPolicy: "network-only" }), ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, [again]);
  return (
    <section className="card stack wide" aria-labelledby="suggestions">
      <h2 id="suggestions">Suggestions</h2>
      <Loaded result={result} what="suggestions" again={again}>
        {({ analytics }) => <Suggested of={analytics.suggestions} />}
      </Loaded>
    </section>
  );
}

function Suggested({ of }: { of: Told }) {
  const isAdmin = useIsAdmin();
  const [result, apply] = useMutation(APPLY);
  const announce = useAnnounce();
  const applicable = readFragment(SUGGESTED, of).filter((one) => one.applicable).length;
  const problems = result.data?.optimizeRules.userErrors ?? [];
  const applied = result.data?.optimizeRules.applied ?? [];
  const carryOut = async () => {
    const { data } = await apply({});
    if (data?.optimizeRules.applied.length) announce("Carried out.");
  };
  return (
    <>
      {of.length > 0 ? (
        <SuggestionList of={of} />
      ) : (
        <p className="soft">The figures suggest no change: there is too little of them, or all is well.</p>
      )}
      {isAdmin && applicable > 0 && (
        <Confirmation
          ask={applicable === 1 ? "Apply it …" : `Apply all ${applicable} of them …`}
          consequence="Rules change for everybody at once. Each can be rolled back in its history."
          no="Leave it"
          yes="Apply"
          isPending={result.fetching}
          act={() => void carryOut()}
        />
      )}
      {result.error && <Failed error={result.error} />}
      {problems.length > 0 && <Problems of={problems} />}
      {applied.length > 0 && (
        <section className="stack" aria-label="Carried out">
          <h3>Carried out</h3>
          <SuggestionList of={applied} />
        </section>
      )}
    </>
  );
}
