/** What can rules speak of? The catalogue and the segments of this engine. */

import type { Option } from "@attune/interface/fields";
import { createContext, useContext } from "react";
import { useQuery } from "urql";
import { graphql } from "../../generated";

const VOCABULARY = graphql(`
  query Vocabulary {
    catalogue {
      features {
        key
        name
      }
      navigation {
        key
        name
      }
      tags {
        key
        name
      }
      places {
        key
        name
      }
      parameters {
        key
        name
        default
      }
    }
    segments {
      key
      name
    }
  }
`);

type Named = Readonly<{ key: string; name: string }>;

export type Vocabulary = Readonly<
  Record<"features" | "navigation" | "tags" | "places" | "parameters" | "segments", readonly Option<string>[]>
>;

const EMPTY: Vocabulary = { features: [], navigation: [], tags: [], places: [], parameters: [], segments: [] };

export const VocabularyContext = createContext<Vocabulary>(EMPTY);
export const useVocabulary = () => useContext(VocabularyContext);

/** Empty until it is known: what a rule names is shown by its key meanwhile. */
export function useFetchedVocabulary(): Vocabulary {
  const [{ data }] = useQuery({ query: VOCABULARY });
  if (!data) return EMPTY;
  const { features, navigation, tags, places, parameters } = data.catalogue;
  return {
    features: features.map(optionOf),
    navigation: navigation.map(optionOf),
    tags: tags.map(optionOf),
    places: places.map(optionOf),
    parameters: parameters.map(optionOf),
    segments: data.segments.map(optionOf),
  };
}

const optionOf = ({ key, name }: Named): Option<string> => ({ value: key, name });
