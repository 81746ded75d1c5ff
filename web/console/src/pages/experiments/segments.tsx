/** Would some segments do better with a variation of their own? */
import { type Column, Table } from "@attune/interface";
import { difference, points, whole } from "@attune/interface/figures";
import { useMemo } from "react";
import { type FragmentType, graphql, readFragment } from "../../generated";
import type { ChosenBySegmentFragment, GoalMeasure } from "../../generated/graphql";
import { type Names, useNames } from "../../vocabulary";

const CHOSEN = graphql(`
  fragment ChosenBySegment on SegmentChoices {
    text
    choices {
      segment
      variation
      users
      difference
      low
      high
    }
  }
`);

type Choice = ChosenBySegmentFragment["choices"][number];

export function Segments({ of, measure }: { of: FragmentType<typeof CHOSEN>; measure: GoalMeasure }) {
  const names = useNames();
  const columns = useMemo(() => columnsOf(measure, names), [measure, names]);
  const { text, choices } = readFragment(CHOSEN, of);
  return (
    <section className="card stack" aria-labelledby="by-segment">
      <h2 id="by-segment">One for everybody, or one per segment?</h2>
      <p>{text}</p>
      {choices.length > 0 && (
        <Table
          caption="Segments that do better with a variation of their own"
          columns={columns}
          rows={choices}
          keyOf={({ segment }) => segment}
        />
      )}
    </section>
  );
}

function columnsOf(measure: GoalMeasure, names: Names): Column<Choice>[] {
  const more = measure === "CONVERSION_RATE" ? points : difference;
  return [
    { name: "Segment", cell: ({ segment }) => names.segments(segment) },
    { name: "Does better with", cell: ({ variation }) => variation },
    { name: "Users", cell: ({ users }) => whole(users), numeric: true },
    {
      name: "Per user",
      cell: ({ difference: found, low, high }) => (
        <>
          {more(found)}{" "}
          <span className="soft">
            whenever looked at [{more(low)}, {more(high)}]
          </span>
        </>
      ),
    },
  ];
}
