/** How do rules get the priorities that dragging one of them asks for? All at once or none, and over nobody's change. */
import { useAnnounce } from "@attune/interface";
import { useState } from "react";
import { type Client, CombinedError, useClient } from "urql";
import { draftOf } from "./drafts";
import { EXPORT, IMPORT, IMPORTING, RULE_TO_EDIT, UPDATE_RULE } from "./operations";
import { reprioritised } from "./priorities";

type Ranked = Readonly<{ id: string; key: string; priority: number }>;
type Failure = CombinedError | undefined;
type Written = Readonly<{ key: string }>;
type Document = Readonly<{ format: string; version: number; rules: readonly Written[] }>;

/** `moved`: how many rules got another priority the last time. */
export function useReprioritise(rules: readonly Ranked[]) {
  const client = useClient();
  const [error, setError] = useState<Failure>();
  const [moved, setMoved] = useState(0);
  const announce = useAnnounce();
  const reprioritise = async (dragged: string, target: string, below: boolean) => {
    const changes = reprioritised(rules, dragged, target, below);
    setMoved(0);
    const failed = await (changes.size > 1 ? giveAll(client, keyed(rules, changes)) : giveEach(client, changes));
    setError(failed);
    if (failed) return;
    setMoved(changes.size);
    const reached = changes.get(dragged);
    if (reached !== undefined) announce(`Its priority is ${reached} now.`);
  };
  return { reprioritise, error, moved };
}

const keyed = (rules: readonly Ranked[], changes: ReadonlyMap<string, number>): ReadonlyMap<string, number> =>
  new Map(rules.flatMap(({ id, key }) => (changes.has(id) ? [[key, changes.get(id) ?? 0]] : [])));

async function giveEach(client: Client, changes: ReadonlyMap<string, number>): Promise<Failure> {
  for (const [id, priority] of changes) {
    const read = await client.query(RULE_TO_EDIT, { id }, { requestPolicy: "network-only" });
    const rule = read.data?.rule;
    const document = rule?.history.edges[0]?.node.rule;
    if (!rule || !document) return read.error;
    const input = { ...draftOf(document), priority };
    const written = await client.mutation(UPDATE_RULE, { id, expectedRevision: rule.revision, input });
    return written.error ?? refusal(written.data?.updateRule.userErrors ?? []);
  }
}

/** As an import: what changed since the rules were read refuses all of it. */
async function giveAll(client: Client, changes: ReadonlyMap<string, number>): Promise<Failure> {
  const nothing = { format: "attune.rules", version: 1 };
  const now = await client.mutation(IMPORT, { input: { document: nothing } });
  const read = await client.query(EXPORT, {}, { requestPolicy: "network-only" });
  if (!read.data || !now.data) return read.error ?? now.error;
  const { format, version, rules } = read.data.exportRules as Document;
  const named = rules
    .filter(({ key }) => changes.has(key))
    .map((rule) => ({ ...rule, priority: changes.get(rule.key) }));
  const document = { format, version, rules: named };
  const expectedRevision = now.data.importRules.revision;
  const written = await client.mutation(IMPORT, { input: { document, apply: true, expectedRevision } }, IMPORTING);
  return written.error ?? refusal(written.data?.importRules.userErrors ?? []);
}

const refusal = (errors: readonly { message: string }[]): Failure =>
  errors.length ? new CombinedError({ graphQLErrors: errors.map(({ message }) => message) }) : undefined;
