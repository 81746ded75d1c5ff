/** One rule: what it is, what it does, how it became so. */
import { Failed, Loaded, useAnnounce } from "@attune/interface";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { useMutation, useQuery } from "urql";
import { Link } from "wouter";
import { Missing } from "../../missing";
import { Problems } from "../../problems";
import { useIsAdmin } from "../../session/signed-in";
import { Overtaken } from "../../unsaved/overtaken";
import { Saving, TryingOut } from "../../unsaved/saving";
import { useUnsaved } from "../../unsaved/use-unsaved";
import { ChangedMeanwhile } from "./comparison";
import { draftOf } from "./drafts";
import { History } from "./history";
import { RULE_TO_EDIT, UPDATE_RULE } from "./operations";
import { Preview } from "./preview";
import { RuleFields } from "./rule-fields";
import { Standing } from "./standing";

const OVERTAKEN = "STALE_REVISION";

export default function OneRule({ id }: { id: string }) {
  const [result, again] = useQuery({ query: RULE_TO_EDIT, variables: { id }, requestPolicy: "cache-and-network" });
  return (
    <>
      <Link href="/">← All rules</Link>
      <Loaded result={result} what="rule" again={again}>
        {({ rule }) => {
          const document = rule?.history.edges[0]?.node.rule;
          if (!rule || !document) return <Missing what="rule" />;
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
                  <Editor
                    id={id}
                    revision={rule.revision}
                    document={document}
                    again={() => again({ requestPolicy: "network-only" })}
                  />
                </TabPanel>
                <TabPanel id="history">
                  <History id={id} revision={rule.revision} />
                </TabPanel>
              </Tabs>
            </>
          );
        }}
      </Loaded>
    </>
  );
}

type Edited = { id: string; revision: number; document: unknown; again: () => void };

function Editor({ id, revision, document, again }: Edited) {
  const unsaved = useUnsaved(`rule ${id}`, draftOf(document), revision);
  const isAdmin = useIsAdmin();
  const [result, update] = useMutation(UPDATE_RULE);
  const announce = useAnnounce();
  const problems = result.data?.updateRule.userErrors.filter(({ code }) => code !== OVERTAKEN) ?? [];
  const save = async () => {
    const { data } = await update({ id, expectedRevision: unsaved.since, input: unsaved.draft });
    if (data?.updateRule.userErrors.some(({ code }) => code === OVERTAKEN)) again();
    const stored = data?.updateRule.rule;
    if (!stored) return;
    unsaved.saved();
    announce(`Saved as revision ${stored.revision}.`);
  };
  return (
    <div className="stack">
      {isAdmin ? (
        <Saving
          of={unsaved}
          name={`Save as revision ${revision + 1}`}
          isPending={result.fetching}
          save={() => void save()}
        />
      ) : (
        <TryingOut of={unsaved} />
      )}
      {unsaved.isOvertaken && (
        <Overtaken mine={unsaved}>
          <ChangedMeanwhile id={id} from={unsaved.since} until={revision} />
        </Overtaken>
      )}
      {result.error && <Failed error={result.error} />}
      {problems.length > 0 && <Problems of={problems} />}
      <div className="editor">
        <RuleFields key={unsaved.edition} draft={unsaved.draft} problems={problems} change={unsaved.change} />
        <Preview draft={unsaved.draft} replacing={id} />
      </div>
    </div>
  );
}
