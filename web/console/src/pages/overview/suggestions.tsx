/** What do the figures suggest, and who carries it out? */
import { Failed, useAnnounce } from "@attune/interface";
import { useMutation } from "urql";
import { Confirmation } from "../../confirmation";
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
  const announce = useAnnounce();
  const applicable = readFragment(SUGGESTED, of).filter((one) => one.applicable).length;
  const problems = result.data?.optimizeRules.userErrors ?? [];
  const applied = result.data?.optimizeRules.applied ?? [];
  const carryOut = async () => {
    const { data } = await apply({});
    if (data?.optimizeRules.applied.length) announce("Carried out.");
  };
  return (
    <section className="card stack wide" aria-labelledby="suggestions">
      <h2 id="suggestions">Suggestions</h2>
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
    </section>
  );
}
