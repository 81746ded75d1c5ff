/** Who works on what? */
import type { Plan } from "./plans";

export function Team({ plan }: { plan: Plan }) {
  const owners = [...new Set(plan.tasks.map((task) => task.owner))];
  return (
    <>
      <h2>Team</h2>
      <ul>
        {owners.map((owner) => (
          <li key={owner}>
            {owner}: {plan.tasks.filter((task) => task.owner === owner && task.column === "Doing").length} in progress
          </li>
        ))}
      </ul>
    </>
  );
}
