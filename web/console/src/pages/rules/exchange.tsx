/** How do rules leave the engine as a file, and come in? Importing first says what it would change. */
import { Failed, useAnnounce, useAnnounced } from "@attune/interface";
import { YesNo } from "@attune/interface/fields";
import { useState } from "react";
import { Button, FileTrigger } from "react-aria-components";
import { type CombinedError, useClient, useMutation } from "urql";
import { Link } from "wouter";
import { Problems } from "../../problems";
import { useIsAdmin } from "../../session/signed-in";
import { EXPORT, IMPORT, IMPORTING } from "./operations";

export default function Exchange() {
  const isAdmin = useIsAdmin();
  return (
    <>
      <Link href="/">← All rules</Link>
      <h1>{isAdmin ? "Import and export" : "Export"}</h1>
      <Export />
      {isAdmin && <Import />}
    </>
  );
}

function Export() {
  const client = useClient();
  const [isPending, setIsPending] = useState(false);
  const [error, setError] = useState<CombinedError>();
  const announce = useAnnounce();
  const save = async () => {
    setIsPending(true);
    const { data, error } = await client.query(EXPORT, {}, { requestPolicy: "network-only" });
    setIsPending(false);
    setError(error);
    if (!data) return;
    const text = `${JSON.stringify(data.exportRules, null, 2)}\n`;
    const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    Object.assign(document.createElement("a"), { href: address, download: "rules.json" }).click();
    URL.revokeObjectURL(address);
    announce("Saved as rules.json.");
  };
  return (
    <section className="card stack" aria-labelledby="export">
      <h2 id="export">Export</h2>
      <p>Rules, segments and the catalogue as one file, written in the same order every time.</p>
      <Button isPending={isPending} onPress={() => void save()}>
        Save as a file
      </Button>
      {error && <Failed error={error} />}
    </section>
  );
}

function Import() {
  const [document, setDocument] = useState<unknown>();
  const [unreadable, setUnreadable] = useState("");
  const [prune, setPrune] = useState(false);
  const [result, send] = useMutation(IMPORT);
  const planned = result.data?.importRules;
  const look = async (files: FileList | null) => {
    try {
      const read: unknown = JSON.parse((await files?.[0]?.text()) ?? "");
      setUnreadable("");
      setDocument(read);
      await send({ input: { document: read, prune } });
    } catch {
      setUnreadable("This file is not JSON.");
    }
  };
  const apply = () => send({ input: { document, prune, apply: true, expectedRevision: planned?.revision } }, IMPORTING);
  return (
    <section className="card stack" aria-labelledby="import">
      <h2 id="import">Import</h2>
      <YesNo label="Also remove what the file does not name" value={prune} change={setPrune} />
      <FileTrigger acceptedFileTypes={["application/json"]} onSelect={(files) => void look(files)}>
        <Button>Choose a file …</Button>
      </FileTrigger>
      {unreadable && <p className="bad">{unreadable}</p>}
      {result.error && <Failed error={result.error} />}
      {planned && <Planned of={planned} apply={() => void apply()} />}
    </section>
  );
}

type Plan = Readonly<{
  applied: boolean;
  unchanged: number;
  notes: readonly string[];
  changes: readonly { kind: string; subject: string; details: readonly string[] }[];
  userErrors: readonly { message: string; path: readonly string[] }[];
}>;

function Planned({ of, apply }: { of: Plan; apply: () => void }) {
  const outcome = `${of.applied ? "Done" : "This would be done"}: ${of.changes.length} changes; ${of.unchanged} things stay as they are.`;
  useAnnounced(of.userErrors.length ? "" : outcome);
  if (of.userErrors.length) return <Problems of={of.userErrors} />;
  return (
    <div className="stack">
      <p>{outcome}</p>
      {of.notes.map((note) => (
        <p key={note} className="warned">
          {note}
        </p>
      ))}
      <ul className="changes">
        {of.changes.map((change) => (
          <li key={`${change.kind} ${change.subject}`}>
            {change.kind.toLowerCase()} <strong>{change.subject}</strong>
            {change.details.length > 0 && `: ${change.details.join("; ")}`}
          </li>
        ))}
      </ul>
      {!of.applied && of.changes.length > 0 && (
        <Button className="react-aria-Button primary" onPress={apply}>
          Do it
        </Button>
      )}
    </div>
  );
}
