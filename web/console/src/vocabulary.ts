/** What can be spoken of, and by which names? The catalogue and the segments of this engine. */
import type { Option } from "@attune/interface/fields";
import { useMemo } from "react";
import { useQuery } from "urql";
import { graphql } from "./generated";
import type { VocabularyQuery } from "./generated/graphql";

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
      }
    }
    segments {
      key
      name
    }
  }
`);

type Kind = "features" | "navigation" | "tags" | "places" | "parameters" | "segments";

export type Vocabulary = Readonly<Record<Kind, readonly Option<string>[]>>;

const EMPTY: Vocabulary = { features: [], navigation: [], tags: [], places: [], parameters: [], segments: [] };

/** Empty until it is known; asked for once, however many parts of a page use it. */
export function useVocabulary(): Vocabulary {
  const [{ data }] = useQuery({ query: VOCABULARY });
  return useMemo(() => (data ? vocabularyOf(data) : EMPTY), [data]);
}

function vocabularyOf({ catalogue, segments }: VocabularyQuery): Vocabulary {
  return {
    features: catalogue.features.map(optionOf),
    navigation: catalogue.navigation.map(optionOf),
    tags: catalogue.tags.map(optionOf),
    places: catalogue.places.map(optionOf),
    parameters: catalogue.parameters.map(optionOf),
    segments: segments.map(optionOf),
  };
}

const optionOf = ({ key, name }: { key: string; name: string }): Option<string> => ({ value: key, name });

/** `targets`: what one can go to, an item of the navigation or a feature. */
export type Names = Readonly<Record<Kind | "targets", (key: string) => string>>;

/** By its key is called what is not known (yet, or any more). */
export function useNames(): Names {
  const vocabulary = useVocabulary();
  return useMemo(
    () => ({
      features: namer(vocabulary.features),
      navigation: namer(vocabulary.navigation),
      tags: namer(vocabulary.tags),
      places: namer(vocabulary.places),
      parameters: namer(vocabulary.parameters),
      segments: namer(vocabulary.segments),
      targets: namer([...vocabulary.features, ...vocabulary.navigation]),
    }),
    [vocabulary],
  );
}

function namer(options: readonly Option<string>[]): (key: string) => string {
  const names = new Map(options.map(({ value, name }) => [value, name]));
  return (key) => names.get(key) ?? key;
}
