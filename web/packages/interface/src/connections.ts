/** How does an operation reach the engine? HTTP, and for subscriptions one graphql-transport-ws socket. */
import { createClient } from "graphql-ws";
import { Client, cacheExchange, fetchExchange, mapExchange, subscriptionExchange } from "urql";
import { shownQueries } from "./shown-queries";

export type Liveness = "idle" | "connecting" | "live" | "lost";

export type Connection = Readonly<{
  client: Client;
  liveness: () => Liveness;
  onLiveness: (changed: () => void) => () => void;
  close: () => void;
}>;

/** A token, or who gives one whenever it is needed. */
export type Tokens = string | (() => string | Promise<string>);

type Options = Readonly<{
  token: Tokens;
  endpoint?: URL;
  /** The engine does not take the token, and why. */
  refused?: (reason: string) => void;
  /** Its socket is open whether or not something is subscribed to: so it is always known whether the engine is there. */
  watching?: boolean;
}>;

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;

/** Bound to one user, so nothing sent after a change can carry another's token. */
export function openConnection(options: Options): Connection {
  const { token, endpoint = ownEndpoint(), refused = () => {}, watching = false } = options;
  const credentials = async () => ({ authorization: `Bearer ${typeof token === "string" ? token : await token()}` });
  const watchers = new Set<() => void>();
  const shown = shownQueries();
  let liveness: Liveness = "idle";
  const become = (next: Liveness) => {
    liveness = next;
    for (const watcher of watchers) watcher();
  };
  let isOpen = true;
  const openSocket = () =>
    createClient({
      url: asSocket(endpoint),
      connectionParams: credentials,
      lazy: !watching,
      // Some ways of being closed are final to it, like an engine's that has too many connections: another one tries again.
      onNonLazyError: () => void pause(LONGEST_PAUSE_MS).then(openAnother),
      retryAttempts: Number.POSITIVE_INFINITY,
      retryWait: (attempts) =>
        pause(Math.min(FIRST_PAUSE_MS * 2 ** attempts, LONGEST_PAUSE_MS) * (0.5 + Math.random())),
      // By default a refused connection is final: an engine that restarts refuses some.
      shouldRetry: () => true,
      on: {
        connecting: (isRetry) => become(isRetry || liveness === "lost" ? "lost" : "connecting"),
        connected: () => {
          const isBack = liveness === "lost";
          become("live");
          if (isBack) shown.askAgain(client);
        },
        closed: (event) => {
          const { code, reason, wasClean } = event as CloseEvent;
          become(wasClean && !watching ? "idle" : "lost");
          if ([4401, 4403].includes(code)) refused(reason);
        },
      },
    });
  let socket = openSocket();
  const openAnother = () => {
    if (isOpen) socket = openSocket();
  };
  const client = new Client({
    url: endpoint.href,
    preferGetMethod: false,
    fetchOptions: { headers: { accept: "application/graphql-response+json" } },
    fetch: async (input, init) => fetch(input, { ...init, headers: { ...init?.headers, ...(await credentials()) } }),
    exchanges: [
      mapExchange({
        onError: (error) => {
          const refusal = error.graphQLErrors.find((one) => one.extensions.code === "UNAUTHENTICATED");
          if (refusal) refused(refusal.message);
        },
      }),
      shown.exchange,
      // Before the cache: what is pushed says nothing of what was asked, and would have it asked again every time.
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ ...request, query: request.query ?? "" }, sink) }),
        }),
      }),
      cacheExchange,
      fetchExchange,
    ],
  });
  return {
    client,
    liveness: () => liveness,
    onLiveness: (changed) => {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    // It waits for a connection that is being made, and fails with it: who was refused leaves at that moment.
    close: () => {
      isOpen = false;
      void Promise.resolve(socket.dispose()).catch(() => {});
    },
  };
}

const pause = (ms: number) => new Promise<void>((resume) => setTimeout(resume, ms));

/** The pages are served by the engine itself, one folder below its root. */
export const ownEndpoint = (): URL => new URL("../graphql", document.baseURI);

function asSocket(endpoint: URL): string {
  const url = new URL(endpoint);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
