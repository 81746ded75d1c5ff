/** What is shown in each place where no rule decides? */
import { Choice, Choices, type Option } from "@attune/interface/fields";
import type { CatalogueItemInput, PlaceDefaultsInput } from "../../generated/graphql";
import { DENSITIES, THEMES } from "../../words";
import type { Draft } from "./drafts";
import { Rows } from "./rows";

const optionsOf = (items: readonly CatalogueItemInput[]): Option<string>[] =>
  items.map(({ key, name }) => ({ value: key, name: name || key }));

export function DefaultRows({ draft, change }: { draft: Draft; change: (rows: PlaceDefaultsInput[]) => void }) {
  const places = optionsOf(draft.places);
  const untold = places.find(({ value }) => !draft.defaults.some(({ place }) => place === value));
  return (
    <section className="card stack" aria-label="Defaults">
      <p className="soft">
        Where no rule decides. A place that is not named here shows everything, as the system prefers.
      </p>
      <Rows
        rows={draft.defaults}
        change={change}
        fresh={{ place: untold?.value ?? "" }}
        add="Add a place"
        nameOf={({ place }) => place || "it"}
      >
        {(defaults, say) => <PlaceFields defaults={defaults} say={say} draft={draft} places={places} />}
      </Rows>
    </section>
  );
}

type Fields = {
  defaults: PlaceDefaultsInput;
  say: (defaults: PlaceDefaultsInput) => void;
  draft: Draft;
  places: readonly Option<string>[];
};

function PlaceFields({ defaults, say, draft, places }: Fields) {
  return (
    <div className="stack grow">
      <div className="row">
        <Choice label="Place" value={defaults.place} options={places} change={(place) => say({ ...defaults, place })} />
        <Choice
          label="Theme"
          value={defaults.themeMode ?? "SYSTEM"}
          options={THEMES}
          change={(themeMode) => say({ ...defaults, themeMode })}
        />
        <Choice
          label="Density"
          value={defaults.density ?? "COMFORTABLE"}
          options={DENSITIES}
          change={(density) => say({ ...defaults, density })}
        />
      </div>
      <Choices
        label="Hidden features"
        value={defaults.hiddenFeatures ?? []}
        options={optionsOf(draft.features)}
        change={(hiddenFeatures) => say({ ...defaults, hiddenFeatures })}
        empty="There is no feature."
      />
      <Choices
        label="Navigation, in the order in which items are chosen"
        hint="None chosen: all of them, in the order of the catalogue."
        value={defaults.navigation ?? []}
        options={optionsOf(draft.navigation)}
        change={(navigation) => say({ ...defaults, navigation })}
        empty="There is no navigation."
      />
    </div>
  );
}
