/** Would some segments do better with a variation of their own? */
import { TableFrame } from "@attune/interface";
import { difference, points, whole } from "@attune/interface/figures";
import { type FragmentType, graphql, readFragment } from "../../generated";
import type { GoalMeasure } from "../../generated/graphql";

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

export function Segments({ of, measure }: { of: FragmentType<typeof CHOSEN>; measure: GoalMeasure }) {
  const more = measure === "CONVERSION_RATE" ? points : difference;
  const { text, choices } = readFragment(CHOSEN, of);
  return (
    <section className="card stack" aria-labelledby="by-segment">
      <h2 id="by-segment">One for everybody, or one per segment?</h2>
      <p>{text}</p>
      {choices.length > 0 && (
        <TableFrame label="Segments that do better with a variation of their own">
          <table>
            <thead>
              <tr>
                {["Segment", "Does better with", "Users", "Per user"].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {choices.map((choice) => (
                <tr key={choice.segment}>
                  <th scope="row">{choice.segment}</th>
                  <td>{choice.variation}</td>
                  <td>{whole(choice.users)}</td>
                  <td>
                    {more(choice.difference)}{" "}
                    <span className="soft">
                      whenever looked at [{more(choice.low)}, {more(choice.high)}]
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableFrame>
      )}
    </section>
  );
}
