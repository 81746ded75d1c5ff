/** What would saving the draft do? Asked again whenever writing pauses. */
import { Loaded, useAnnounced } from "@attune/interface";
import { inLowerCase, whole } from "@attune/interface/figures";
import { slotName } from "@attune/interface/slots";
import { useQuery } from "urql";
import { graphql } from "../../generated";
import type { RuleInput } from "../../generated/graphql";
import { Problems } from "../../problems";
import { useSettled } from "../../settled";
import { useNames } from "../../vocabulary";

const PREVIEW = graphql(`
  query PreviewRule($input: RuleInput!, $replacing: ID) {
    previewRule(input: $input, replacing: $replacing) {
      audience
      population
      exact
      sampledUsers
      changedConfigs
      changedSlots {
        slot
        users
      }
      sample(first: 5) {
        id
      }
      findings {
        kind
        text
      }
      userErrors {
        message
        path
      }
    }
  }
`);

const PAUSE_MS = 500;

export function Preview({ draft, replacing }: { draft: RuleInput; replacing?: string }) {
  const input = useSettled(draft, PAUSE_MS);
  const isNamed = input.name.trim() !== "";
  const [result, again] = useQuery({
    query: PREVIEW,
    variables: { input, replacing },
    requestPolicy: "network-only",
    pause: !isNamed,
  });
  return (
    <aside className="card stack preview" aria-labelledby="preview" aria-busy={result.fetching || input !== draft}>
      <h2 id="preview">What saving would do</h2>
      {isNamed ? (
        <Loaded result={result} what="preview" again={again}>
          {({ previewRule }) =>
            previewRule.userErrors.length ? <Problems of={previewRule.userErrors} /> : <Effect of={previewRule} />
          }
        </Loaded>
      ) : (
        <p className="soft">Once the rule has a name: whom it reaches, what changes for them, what is wrong with it.</p>
      )}
    </aside>
  );
}

type Shown = Readonly<{
  audience: number;
  population: number;
  exact: boolean;
  sampledUsers: number;
  changedConfigs: number;
  changedSlots: readonly { slot: string; users: number }[];
  sample: readonly { id: string }[];
  findings: readonly { kind: string; text: string }[];
}>;

function Effect({ of: preview }: { of: Shown }) {
  const names = useNames();
  const about = preview.exact ? "" : "about ";
  useAnnounced(inBrief(preview));
  return (
    <>
      <p>
        {about}
        <strong>{whole(preview.audience)}</strong> of {whole(preview.population)} users of the last 30 days would get
        the rule; {about}
        <strong>{whole(preview.changedConfigs)}</strong> would see something else.
      </p>
      {preview.changedSlots.length > 0 && (
        <ul className="plain">
          {preview.changedSlots.map(({ slot, users }) => (
            <li key={slot}>
              <span className="tag">{slotName(slot, names)}</span> for {whole(users)}
            </li>
          ))}
        </ul>
      )}
      {preview.sample.length > 0 && (
        <p className="soft">
          Among them:{" "}
          {preview.sample.map(({ id }, at) => (
            <span key={id}>
              {at > 0 && ", "}
              <a href={`#/people/${encodeURIComponent(id)}`}>{id}</a>
            </span>
          ))}
        </p>
      )}
      <Findings of={preview.findings} />
    </>
  );
}

/** For those who listen while they write. */
const inBrief = ({ audience, population, findings }: Shown) =>
  `${whole(audience)} of ${whole(population)} users would get the rule. ${findings.map(({ text }) => text).join(" ")}`;

export function Findings({ of }: { of: readonly { kind: string; text: string }[] }) {
  if (of.length === 0) return <p className="good">Static analysis finds nothing wrong.</p>;
  return (
    <ul className="plain stack">
      {of.map(({ kind, text }) => (
        <li key={text} className="warned">
          <strong>{inLowerCase(kind)}</strong>: {text}
        </li>
      ))}
    </ul>
  );
}
