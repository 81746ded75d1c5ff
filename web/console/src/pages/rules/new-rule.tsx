/** A rule that is not there yet. Saved, it is a draft until somebody activates it. */
import { Failed, useAnnounce } from "@attune/interface";
import { useState } from "react";
import { Button } from "react-aria-components";
import { useMutation } from "urql";
import { useLocation } from "wouter";
import { Problems } from "../../problems";
import { NEW_RULE } from "./drafts";
import { CREATE_RULE } from "./operations";
import { Preview } from "./preview";
import { RuleFields } from "./rule-fields";

export default function NewRule() {
  const [draft, setDraft] = useState(NEW_RULE);
  const [result, create] = useMutation(CREATE_RULE);
  const [, go] = useLocation();
  const announce = useAnnounce();
  const problems = result.data?.createRule.userErrors ?? [];
  const save = async () => {
    const { data } = await create({ input: draft });
    const made = data?.createRule.rule;
    if (!made) return;
    announce("Saved as a draft.");
    go(`/${made.id}`);
  };
  return (
    <>
      <div className="row between">
        <h1>New rule</h1>
        <Button className="react-aria-Button primary" isPending={result.fetching} onPress={() => void save()}>
          Save as a draft
        </Button>
      </div>
      {result.error && <Failed error={result.error} />}
      {problems.length > 0 && <Problems of={problems} />}
      <div className="editor">
        <RuleFields draft={draft} change={setDraft} problems={problems} isNew />
        <Preview draft={draft} />
      </div>
    </>
  );
}
