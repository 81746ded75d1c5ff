/** A rule that is not there yet. Saved, it is a draft until somebody activates it. */
import { Failed, useAnnounce } from "@attune/interface";
import { useMutation } from "urql";
import { Link, useLocation } from "wouter";
import { Problems } from "../../problems";
import { useIsAdmin } from "../../session/signed-in";
import { Saving, TryingOut } from "../../unsaved/saving";
import { useUnsaved } from "../../unsaved/use-unsaved";
import { NEW_RULE } from "./drafts";
import { CREATE_RULE } from "./operations";
import { Preview } from "./preview";
import { RuleFields } from "./rule-fields";

export default function NewRule() {
  const unsaved = useUnsaved("new rule", NEW_RULE);
  const [result, create] = useMutation(CREATE_RULE);
  const [, go] = useLocation();
  const announce = useAnnounce();
  const problems = result.data?.createRule.userErrors ?? [];
  const save = async () => {
    const { data } = await create({ input: unsaved.draft });
    const made = data?.createRule.rule;
    if (!made) return;
    unsaved.saved();
    announce("Saved as a draft.");
    go(`/${made.id}`);
  };
  return (
    <>
      <Link href="/">← All rules</Link>
      <div className="row between">
        <h1>New rule</h1>
        {useIsAdmin() ? (
          <Saving of={unsaved} name="Save as a draft" isPending={result.fetching} save={() => void save()} />
        ) : (
          <TryingOut of={unsaved} />
        )}
      </div>
      {result.error && <Failed error={result.error} />}
      {problems.length > 0 && <Problems of={problems} />}
      <div className="editor">
        <RuleFields key={unsaved.edition} draft={unsaved.draft} change={unsaved.change} problems={problems} isNew />
        <Preview draft={unsaved.draft} />
      </div>
    </>
  );
}
