/** What should this page look like now? One subscription per context, shared by all who look at it. */
import { type Client, createClient, type SubscribePayload } from "graphql-ws";
import { type Config, type Context, keyOf, type Update } from "./configs.js";
import { isRetryable } from "./endpoint.js";
import { ConfigUpdatedDocument, type ConfigUpdatedSubscription } from "./generated/operations.js";
import type { Shelf } from "./shelf.js";

/** Configs of so many contexts are kept for the next page. */
const MOST_KEPT = 20;

/** `update`: why the engine sent it, if it was not asked for. */
export type Changed = (config: Config, update?: Update) => void;

export type LiveConfig = Readonly<{
  /** The newest config that is known, maybe from an earlier page: shown at once, so nothing flashes. */
  current: () => Config | null;
  /** Tells of every newer one until the returned function is called. */
  listen: (changed: Changed) => () => void;
  /** Whoever asks for one says so before, and gives the answer to the returned function: it knows which is newest. */
  asking: () => (answer: Config) => Config;
  close: () => void;
}>;

export type LiveConfigs = Readonly<{ of: (context: Context) => LiveConfig; close: () => void }>;

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const pauseAfter = (attempts: number) =>
  Math.min(FIRST_PAUSE_MS * 2 ** attempts, LONGEST_PAUSE_MS) * (0.5 + Math.random());

export function liveConfigs(
  url: string,
  token: () => Promise<string>,
  shelf: Shelf,
  webSocketImpl?: unknown,
): LiveConfigs {
  const socket = createClient({
    url: url.replace(/^http/, "ws"),
    connectionParams: async () => ({ authorization: `Bearer ${await token()}` }),
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: (attempts) => new Promise((resume) => setTimeout(resume, pauseAfter(attempts))),
    // By default a refused connection is final: an engine that restarts refuses some.
    shouldRetry: () => true,
    webSocketImpl,
  });
  const known = new Map<string, LiveConfig>();
  let closed = false;
  const isClosed = () => closed;
  return {
    of(context) {
      const key = keyOf(context);
      const one = known.get(key) ?? liveConfig(socket, context, shelf, isClosed);
      known.set(key, one);
      return one;
    },
    close() {
      closed = true;
      // The socket closes with the last of them.
      for (const live of known.values()) live.close();
    },
  };
}

function liveConfig(socket: Client, context: Context, shelf: Shelf, isClosed: () => boolean): LiveConfig {
  const name = `config:${keyOf(context)}`;
  const listeners = new Set<Changed>();
  let current = shelf.get(name) as Config | null;
  let stop: (() => void) | undefined;
  // Questions and pushes in their order: an answer is older than what was pushed since its question.
  let turn = 0;
  let newest = 0;

  const learn = (config: Config, learntIn: number, update?: Update) => {
    newest = learntIn;
    current = config;
    keep(shelf, name, config);
    for (const listener of [...listeners]) if (listeners.has(listener)) tell(listener, config, update);
  };
  const begin = () => {
    const query = ConfigUpdatedDocument;
    // Read anew whenever the socket subscribes again: the engine then sends only what is not known yet.
    const variables = {
      context,
      get knownRevision() {
        return current?.revision;
      },
    };
    return following(socket, { query, variables }, ({ configUpdated }) =>
      learn(configUpdated.config, ++turn, configUpdated),
    );
  };
  const close = () => {
    stop?.();
    stop = undefined;
  };
  return {
    current: () => current,
    close,
    asking() {
      const asked = ++turn;
      return (answer) => {
        if (asked < newest || isClosed()) return current ?? answer;
        const isNew = current?.revision !== answer.revision;
        learn(answer, asked);
        // The engine must know what this page shows: whoever answered may have been behind.
        if (isNew && stop) {
          const before = stop;
          stop = begin();
          before();
        }
        return answer;
      };
    },
    listen(changed) {
      // One of its own, because the same function may listen twice.
      const listener: Changed = (...told) => changed(...told);
      listeners.add(listener);
      if (!isClosed()) stop ??= begin();
      return () => {
        listeners.delete(listener);
        if (!listeners.size) close();
      };
    },
  };
}

function keep(shelf: Shelf, name: string, config: Config): void {
  shelf.set(name, undefined);
  shelf.set(name, config);
  const kept = shelf.names().filter((one) => one.startsWith("config:"));
  for (const oldest of kept.slice(0, -MOST_KEPT)) if (oldest !== name) shelf.set(oldest, undefined);
}

/** Whoever fails keeps it from nobody else. */
function tell(listener: Changed, config: Config, update?: Update): void {
  try {
    listener(config, update);
  } catch (error) {
    setTimeout(() => {
      throw error;
    });
  }
}

/** `graphql-ws` gives up when the user has too many connections; some are closed sooner or later. */
function following(socket: Client, asked: SubscribePayload, told: (data: ConfigUpdatedSubscription) => void) {
  let attempts = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  let stop: () => void;
  const again = () => {
    if (!stopped) timer = setTimeout(begin, pauseAfter(attempts++));
  };
  const begin = () => {
    stop = socket.subscribe<ConfigUpdatedSubscription>(asked, {
      next({ data }) {
        if (!data) return;
        attempts = 0;
        told(data);
      },
      error(fault) {
        // Only GraphQL errors come in a list: the engine has judged, and what is known stays.
        if (!Array.isArray(fault) || isRetryable(fault[0]?.extensions?.code)) again();
      },
      // Nobody but us has a reason to end it.
      complete: again,
    });
  };
  begin();
  return () => {
    stopped = true;
    clearTimeout(timer);
    stop();
  };
}
