/** What does the host application offer to personalize, and what is shown where nothing else decides? */
import { Loaded } from "@attune/interface";
import { useQuery } from "urql";
import { graphql } from "../../generated";
import { useIsAdmin } from "../../session/signed-in";
import { CatalogueEditor } from "./catalogue-editor";
import { CatalogueView } from "./catalogue-view";
import { draftOf } from "./drafts";

const CATALOGUE = graphql(`
  query Catalogue {
    catalogue {
      ...WholeCatalogue
    }
  }
`);

export default function Catalogue() {
  const [result, again] = useQuery({ query: CATALOGUE, requestPolicy: "network-only" });
  const isAdmin = useIsAdmin();
  return (
    <>
      <h1>Catalogue</h1>
      <Loaded result={result} what="catalogue" again={again}>
        {({ catalogue }) =>
          isAdmin ? <CatalogueEditor draft={draftOf(catalogue)} /> : <CatalogueView of={draftOf(catalogue)} />
        }
      </Loaded>
    </>
  );
}
