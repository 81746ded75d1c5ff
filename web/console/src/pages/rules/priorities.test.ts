import { describe, expect, it } from "vitest";
import { reprioritised } from "./priorities";

const ranked = (...priorities: number[]) => priorities.map((priority, at) => ({ id: `${at}`, priority }));

describe("a dragged rule", () => {
  it("takes a place between its new neighbours, and nobody else moves", () => {
    expect([...reprioritised(ranked(60, 50, 20, 10), "3", "1", false)]).toEqual([["3", 55]]);
    expect([...reprioritised(ranked(60, 50, 20), "2", "0", false)]).toEqual([["2", 70]]);
    expect([...reprioritised(ranked(60, 50, 20), "0", "2", true)]).toEqual([["0", 10]]);
  });

  it("pushes up those above it for whom there is no room", () => {
    expect([...reprioritised(ranked(5, 5, 5), "2", "1", false)]).toEqual([
      ["2", 6],
      ["0", 7],
    ]);
  });

  it("changes nothing where it stands already", () => {
    expect(reprioritised(ranked(3, 2, 1), "1", "0", true).size).toBe(0);
    expect(reprioritised(ranked(3, 2, 1), "1", "1", true).size).toBe(0);
  });

  const rules = ranked(9, 9, 8, 7, 7, 7, 3, 0, -4);
  const moves = rules.flatMap((dragged) =>
    rules
      .filter((target) => target !== dragged)
      .flatMap((target) => [true, false].map((below) => ({ dragged, target, below }))),
  );

  it.each(moves)(
    "ends where it was dropped: $dragged.id at $target.id, below: $below",
    ({ dragged, target, below }) => {
      const wanted = rules.filter((rule) => rule !== dragged);
      wanted.splice(wanted.indexOf(target) + (below ? 1 : 0), 0, dragged);
      const changes = reprioritised(rules, dragged.id, target.id, below);
      const then = rules.map((rule) => ({ ...rule, priority: changes.get(rule.id) ?? rule.priority }));
      const order = then.toSorted((one, other) => other.priority - one.priority);
      expect(order.findIndex(({ id }) => id === dragged.id)).toBe(wanted.indexOf(dragged));
    },
  );
});
