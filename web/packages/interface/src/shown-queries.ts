/** What is on the page, to be asked again when it may have changed unseen? */
import { type Client, type Exchange, makeOperation, type Operation } from "urql";
import { pipe, tap } from "wonka";

type ShownQueries = Readonly<{ exchange: Exchange; askAgain: (client: Client) => void }>;

export function shownQueries(): ShownQueries {
  const shown = new Map<number, Operation>();
  const follow = (operation: Operation) => {
    if (operation.kind === "query") shown.set(operation.key, operation);
    if (operation.kind === "teardown") shown.delete(operation.key);
  };
  return {
    exchange:
      ({ forward }) =>
      (operations) =>
        forward(pipe(operations, tap(follow))),
    askAgain: (client) => {
      for (const one of [...shown.values()]) {
        client.reexecuteOperation(makeOperation(one.kind, one, { ...one.context, requestPolicy: "network-only" }));
      }
    },
  };
}
