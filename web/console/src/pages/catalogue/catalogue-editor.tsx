/** How is the catalogue changed? As a whole: saving replaces the one before. */
import { Failed } from "@attune/interface";
import { NumberEntry } from "@attune/interface/fields";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { useMutation } from "urql";
import { graphql } from "../../generated";
import { Problems } from "../../problems";
import { Overtaken } from "../../unsaved/overtaken";
import { Saving } from "../../unsaved/saving";
import { useUnsaved } from "../../unsaved/use-unsaved";
import { DefaultRows } from "./default-rows";
import { type Draft, ITEM_KINDS, ITEMS } from "./drafts";
import { ItemRows } from "./item-rows";
import { ParameterRows } from "./parameter-rows";

const SAVE = graphql(`
  mutation SaveCatalogue($input: CatalogueInput!) {
    saveCatalogue(input: $input) {
      catalogue {
        ...WholeCatalogue
      }
      userErrors {
        message
        path
      }
    }
  }
`);

const MOST_HELD_OUT = 0.5;

export function CatalogueEditor({ draft: before }: { draft: Draft }) {
  const unsaved = useUnsaved("catalogue", before);
  const { draft } = unsaved;
  const [result, save] = useMutation(SAVE);
  const problems = result.data?.saveCatalogue.userErrors ?? [];
  const say = (part: Partial<Draft>) => unsaved.change({ ...draft, ...part });
  const send = async () => {
    const { data } = await save({ input: mutable(draft) });
    if (data?.saveCatalogue.catalogue) unsaved.saved();
  };
  return (
    <div className="stack">
      <Saving
        of={unsaved}
        name="Save the catalogue"
        isPending={result.fetching}
        save={() => void send()}
        saved={result.data?.saveCatalogue.catalogue && "Saved; every open page follows."}
      />
      <Overtaken mine={unsaved} />
      {result.error && <Failed error={result.error} />}
      {problems.length > 0 && <Problems of={problems} />}
      <Tabs key={unsaved.edition} className="stack">
        <TabList aria-label="Parts of the catalogue" className="tabs">
          {ITEM_KINDS.map((kind) => (
            <Tab key={kind} id={kind}>
              {ITEMS[kind].title}
            </Tab>
          ))}
          <Tab id="parameters">Parameters</Tab>
          <Tab id="defaults">Defaults</Tab>
          <Tab id="holdout">Holdout</Tab>
        </TabList>
        {ITEM_KINDS.map((kind) => (
          <TabPanel key={kind} id={kind}>
            <ItemRows kind={kind} items={draft[kind]} change={(items) => say({ [kind]: items })} />
          </TabPanel>
        ))}
        <TabPanel id="parameters">
          <ParameterRows parameters={draft.parameters} change={(parameters) => say({ parameters })} />
        </TabPanel>
        <TabPanel id="defaults">
          <DefaultRows draft={draft} change={(defaults) => say({ defaults })} />
        </TabPanel>
        <TabPanel id="holdout" className="card stack">
          <NumberEntry
            label="Holdout"
            hint="The share of users, from 0 to 0.5, who get no rule and no suggestion of a model, to measure what these gain."
            value={draft.holdout}
            min={0}
            max={MOST_HELD_OUT}
            change={(holdout) => say({ holdout: holdout ?? 0 })}
          />
        </TabPanel>
      </Tabs>
    </div>
  );
}

/** Inputs are typed as lists that could be changed. */
const mutable = ({ features, navigation, tags, places, parameters, defaults, holdout }: Draft) => ({
  features: [...features],
  navigation: [...navigation],
  tags: [...tags],
  places: [...places],
  parameters: [...parameters],
  defaults: [...defaults],
  holdout,
});
