/** What is being written, before it is the catalogue? */
import { type FragmentType, graphql, readFragment } from "../../generated";
import type { CatalogueItemInput, CatalogueParameterInput, PlaceDefaultsInput } from "../../generated/graphql";

const WHOLE_CATALOGUE = graphql(`
  fragment WholeCatalogue on Catalogue {
    features {
      key
      name
      stage
    }
    navigation {
      key
      name
      stage
    }
    tags {
      key
      name
      stage
    }
    places {
      key
      name
      stage
    }
    parameters {
      key
      name
      default
    }
    defaults {
      place
      themeMode
      density
      hiddenFeatures
      navigation
    }
    holdout
  }
`);

export type Draft = Readonly<{
  features: readonly CatalogueItemInput[];
  navigation: readonly CatalogueItemInput[];
  tags: readonly CatalogueItemInput[];
  places: readonly CatalogueItemInput[];
  parameters: readonly CatalogueParameterInput[];
  defaults: readonly PlaceDefaultsInput[];
  holdout: number;
}>;

/** Without the names of types that come with answers: an input takes none. */
export function draftOf(catalogue: FragmentType<typeof WHOLE_CATALOGUE>): Draft {
  const known = readFragment(WHOLE_CATALOGUE, catalogue);
  const items = (of: typeof known.features) => of.map(({ key, name, stage }) => ({ key, name, stage }));
  return {
    features: items(known.features),
    navigation: items(known.navigation),
    tags: items(known.tags),
    places: items(known.places),
    parameters: known.parameters.map((one) => ({ key: one.key, name: one.name, default: one.default })),
    defaults: known.defaults.map(({ place, themeMode, density, hiddenFeatures, navigation }) => ({
      place,
      themeMode,
      density,
      hiddenFeatures,
      navigation,
    })),
    holdout: known.holdout,
  };
}

/** The kinds of items that are named alike. */
export const ITEMS = {
  features: { title: "Features", told: "What can be shown, hidden, highlighted and recommended.", hasStage: true },
  navigation: { title: "Navigation", told: "The items of the navigation, in their own order.", hasStage: false },
  tags: { title: "Tags of content", told: "What content can be filtered by.", hasStage: false },
  places: { title: "Places", told: "Where configs are asked for.", hasStage: false },
} as const;

export type ItemKind = keyof typeof ITEMS;
export const ITEM_KINDS = Object.keys(ITEMS) as ItemKind[];
