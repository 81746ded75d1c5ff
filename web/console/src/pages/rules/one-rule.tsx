/** One rule: what it is, what it does, how it became so. */
import { Empty, Failed, Loaded, useAnnounce } from "@attune/interface";
import { useState } from "react";
import { Button, Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { useMutation, useQuery } from "urql";
import { Link } from "wouter";
import { Problems } from "../../problems";
import { useIsAdmin } from "../../session/signed-in";
import { draftOf } from "./drafts";
import { History } from "./history";
import { RULE_TO_EDIT, UPDATE_RULE } from "./operations";
import { Preview } from "./preview";
import { RuleFields } from "./rule-fields";
import { Standing } from "./standing";

export default function OneRule({ id }: { id: string }) {
  const [result, again] = useQuery({ query: RULE_TO_EDIT, variables: { id }, requestPolicy: "cache-and-network" });
  return (
    <>
      <Link href="/">← All rules</Link>
      <Loaded result={result} what="rule" again={again}>
        {({ rule }) => {
          const document = rule?.history.edges[0]?.node.rule;
          if (!rule || !document) return <Empty>There is no such rule.</Empty>;
          return (
            <>
              <h1>{rule.name}</h1>
              <Standing of={rule} />
              <Tabs className="stack">
                <TabList aria-label="Parts of the rule" className="tabs">
                  <Tab id="content">What it says</Tab>
                  <Tab id="history">History</Tab>
                </TabList>
                <TabPanel id="content">
                  <Editor key={rule.revision} id={id} revision={rule.revision} document={document} />
                </TabPanel>
                <TabPanel id="history">
                  <History of={rule} />
                </TabPanel>
              </Tabs>
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function Editor({ id, revision, document }: { id: string; revision: number; document: unknown }) {
  const [draft, setDraft] = useState(() => draftOf(document));
  const isAdmin = useIsAdmin();
  const [isChanged, setIsChanged] = useState(false);
  const [result, update] = useMutation(UPDATE_RULE);
  const announce = useAnnounce();
  const problems = result.data?.updateRule.userErrors ?? [];
  const save = async () => {
    if (!isChanged) return;
    const { data } = await update({ id, expectedRevision: revision, input: draft });
    const saved = data?.updateRule.rule;
    if (saved) announce(`Saved as revision ${saved.revision}.`);
  };
  return (
    <div className="stack">
      {isAdmin ? (
        <div className="row">
          <Button
            className="react-aria-Button primary"
            aria-disabled={!isChanged}
            isPending={result.fetching}
            onPress={() => void save()}
          >
            Save as revision {revision + 1}
          </Button>
          <span role="status" className="soft">
            {isChanged && "Not saved yet."}
          </span>
        </div>
      ) : (
        <p className="soft">Only admins save rules; what a change would do can be tried here.</p>
      )}
      {result.error && <Failed error={result.error} />}
      {problems.length > 0 && <Problems of={problems} />}
      <div className="editor">
        <RuleFields
          draft={draft}
          problems={problems}
          change={(next) => {
            setDraft(next);
            setIsChanged(true);
          }}
        />
        <Preview draft={draft} replacing={id} />
      </div>
    </div>
  );
}
