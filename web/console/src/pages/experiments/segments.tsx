/** Would some segments do better with a variation of their own? */
import { TableFrame } from "@attune/interface";
import { type FragmentType, graphql, readFragment } from "../../generated";

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

const WHOLE = new Intl.NumberFormat("en");
const CHANGE = new Intl.NumberFormat("en", { maximumSignificantDigits: 3, signDisplay: "exceptZero" });

export function Segments({ of }: { of: FragmentType<typeof CHOSEN> }) {
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
              {choices.map(({ segment, variation, users, difference, low, high }) => (
                <tr key={segment}>
                  <th scope="row">{segment}</th>
                  <td>{variation}</td>
                  <td>{WHOLE.format(users)}</td>
                  <td>
                    {CHANGE.format(difference)}{" "}
                    <span className="soft">
                      whenever looked at [{CHANGE.format(low)}, {CHANGE.format(high)}]
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
