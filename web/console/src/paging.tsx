/** How does somebody turn the pages of a list that can grow? */
import { Button } from "react-aria-components";
import { useRemembered } from "./remembered";

type Turned = Readonly<{
  /** The cursor behind which the page begins; undefined for the first one. */
  after: string | undefined;
  cursors: readonly string[];
  turn: (cursors: readonly string[]) => void;
  toFirst: () => void;
}>;

/** `of`: what list it is, so that it is found where it was left. */
export function usePages(of: string): Turned {
  const [cursors, turn] = useRemembered<readonly string[]>(`pages of ${of}`, []);
  return { after: cursors.at(-1), cursors, turn, toFirst: () => turn([]) };
}

type PageInfo = Readonly<{ hasNextPage: boolean; endCursor?: string | null }>;

export function PageTurner({ pages, of, what }: { pages: Turned; of: PageInfo; what: string }) {
  const { cursors, turn } = pages;
  if (cursors.length === 0 && !of.hasNextPage) return null;
  return (
    <nav className="row" aria-label={`Pages of ${what}`}>
      <Button isDisabled={cursors.length === 0} onPress={() => turn(cursors.slice(0, -1))}>
        ← Back
      </Button>
      <span className="soft">Page {cursors.length + 1}</span>
      <Button isDisabled={!of.hasNextPage} onPress={() => turn([...cursors, of.endCursor ?? ""])}>
        More →
      </Button>
    </nav>
  );
}
