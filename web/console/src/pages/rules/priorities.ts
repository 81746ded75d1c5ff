/** Which priorities have to change so that a rule that was dragged stands where it was dropped? */

type Ranked = Readonly<{ id: string; priority: number }>;

const APART = 10;

/**
 * `ordered`: highest first, as they stand. Returns the new priority of each rule that needs another one: of the dragged
 * rule alone if there is room between its new neighbours, else also of as many above it as are in the way.
 */
export function reprioritised(ordered: readonly Ranked[], dragged: string, target: string, below: boolean) {
  const changes = new Map<string, number>();
  const rule = ordered.find(({ id }) => id === dragged);
  const others = ordered.filter(({ id }) => id !== dragged);
  const at = others.findIndex(({ id }) => id === target) + (below ? 1 : 0);
  if (!rule || dragged === target || ordered.indexOf(rule) === at) return changes;
  const above = others[at - 1]?.priority;
  const under = others[at]?.priority;
  let least = between(above, under, rule.priority);
  changes.set(dragged, least);
  for (const other of others.slice(0, at).toReversed()) {
    if (other.priority > least) break;
    least += 1;
    changes.set(other.id, least);
  }
  return changes;
}

function between(above: number | undefined, under: number | undefined, otherwise: number): number {
  if (above === undefined) return under === undefined ? otherwise : under + APART;
  if (under === undefined) return above - APART;
  return above - under >= 2 ? Math.floor((above + under) / 2) : under + 1;
}
