/** What should this page look like now? One subscription per context, shared by all who look at it. */
import { type Client, createClient, type SubscribePayload } from "graphql-ws";
import { type Config, type Context, keyOf, type Update } from "./configs.js";
import { isRetryable } from "./endpoint.js";
import { ConfigUpdatedDocument, type ConfigUpdatedSubscription } from "./generated/operations.js";
import type { Shelf } from "./shelf.js";

/** Configs of so many contexts are kept for the next page. */
const MOST_KEPT = 20;

export type LiveConfig = Readonly<{
  /** The newest config that is known, maybe from an earlier page: shown at once, so nothing flashes. */
  current: () => Config | null;
  /** Tells of every newer one until the returned function is called. */
  listen: (changed: (update: Update) => void) => () => void;
  learn: (config: Config) => void;
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
  return {
    of(context) {
      const key = keyOf(context);
      const one = known.get(key) ?? liveConfig(socket, context, shelf);
      known.set(key, one);
      return one;
    },
    close() {
      for (const live of known.values()) live.close();
      void socket.dispose();
    },
  };
}

function liveConfig(socket: Client, context: Context, shelf: Shelf): LiveConfig {
  const name = `config:${keyOf(context)}`;
  const listeners = new Set<(update: Update) => void>();
  let current = shelf.get(name) as Config | null;
  let stop: (() => void) | undefined;

  const learn = (config: Config) => {
    current = config;
    shelf.set(name, undefined);
    shelf.set(name, config);
    const kept = shelf.names().filter((one) => one.startsWith("config:"));
    for (const oldest of kept.slice(0, Math.max(0, kept.length - MOST_KEPT)))
      if (oldest !== name) shelf.set(oldest, undefined);
  };
  const begin = () => {
    const query = ConfigUpdatedDocument.toString();
    // Read anew whenever the socket subscribes again: the engine then sends only what is not known yet.
    const variables = {
      context,
      get knownRevision() {
        return current?.revision;
      },
    };
    return following(socket, { query, variables }, ({ configUpdated }) => {
      learn(configUpdated.config);
      for (const listener of listeners) listener(configUpdated);
    });
  };
  const close = () => {
    stop?.();
    stop = undefined;
  };
  return {
    current: () => current,
    learn,
    close,
    listen(changed) {
      listeners.add(changed);
      stop ??= begin();
      return () => {
        listeners.delete(changed);
        if (!listeners.size) close();
      };
    },
  };
}

/** `graphql-ws` gives up when the user has too many connections; some are closed sooner or later. */
function following(socket: Client, asked: SubscribePayload, told: (data: ConfigUpdatedSubscription) => void) {
  let attempts = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop: () => void;
  const begin = () => {
    stop = socket.subscribe<ConfigUpdatedSubscription>(asked, {
      next({ data }) {
        attempts = 0;
        if (data) told(data);
      },
      error(fault) {
        // Only GraphQL errors come in a list: the engine has judged, and what is known stays.
        if (!Array.isArray(fault) || isRetryable(fault[0]?.extensions?.code))
          timer = setTimeout(begin, pauseAfter(attempts++));
      },
      complete: () => {},
    });
  };
  begin();
  return () => {
    clearTimeout(timer);
    stop();
  };
}
