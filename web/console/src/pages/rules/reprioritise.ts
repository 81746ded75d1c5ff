/** How does a dragged rule get its new priority? Each rule is read as it is now, so nobody's change is overwritten. */
import { useAnnounce } from "@attune/interface";
import { useState } from "react";
import { CombinedError, useClient } from "urql";
import { draftOf } from "./drafts";
import { RULE_TO_EDIT, UPDATE_RULE } from "./operations";
import { reprioritised } from "./priorities";

const refusal = (errors: readonly { message: string }[]) =>
  errors.length ? new CombinedError({ graphQLErrors: errors.map(({ message }) => message) }) : undefined;

type Ranked = Readonly<{ id: string; priority: number }>;

export function useReprioritise(rules: readonly Ranked[]) {
  const client = useClient();
  const [error, setError] = useState<CombinedError | undefined>();
  const announce = useAnnounce();
  const give = async (id: string, priority: number) => {
    const read = await client.query(RULE_TO_EDIT, { id }, { requestPolicy: "network-only" });
    const rule = read.data?.rule;
    const document = rule?.history.edges[0]?.node.rule;
    if (!rule || !document) return read.error;
    const input = { ...draftOf(document), priority };
    const written = await client.mutation(UPDATE_RULE, { id, expectedRevision: rule.revision, input });
    return written.error ?? refusal(written.data?.updateRule.userErrors ?? []);
  };
  const reprioritise = async (dragged: string, target: string, below: boolean) => {
    setError(undefined);
    // From the top down: in between, whatever is pushed up stands above what it was above before.
    const changes = [...reprioritised(rules, dragged, target, below)].toReversed();
    for (const [id, priority] of changes) {
      const failed = await give(id, priority);
      if (failed) return setError(failed);
    }
    const [, reached] = changes.find(([id]) => id === dragged) ?? [];
    if (reached !== undefined) announce(`Its priority is ${reached} now.`);
  };
  return { reprioritise, error };
}
