/** What should this page look like now? One subscription per context, shared by all who look at it. */
import { type Client, createClient } from "graphql-ws";
import { type Config, type Context, keyOf, type Update } from "./configs";
import { ConfigUpdatedDocument, type ConfigUpdatedSubscription } from "./generated/operations";
import type { Shelf } from "./shelf";

/** Configs of so many contexts are kept for the next page. */
const MOST_KEPT = 20;

export type LiveConfig = Readonly<{
  /** The newest config that is known, maybe from an earlier page: shown at once, so nothing flashes. */
  current: () => Config | null;
  /** Tells of every newer one until the returned function is called. */
  listen: (changed: (update: Update) => void) => () => void;
  learn: (config: Config) => void;
}>;

export type LiveConfigs = Readonly<{ of: (context: Context) => LiveConfig; close: () => void }>;

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const pause = (ms: number) => new Promise<void>((resume) => setTimeout(resume, ms));

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
    retryWait: (attempts) => pause(Math.min(FIRST_PAUSE_MS * 2 ** attempts, LONGEST_PAUSE_MS) * (0.5 + Math.random())),
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
    close: () => void socket.dispose(),
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
    return socket.subscribe<ConfigUpdatedSubscription>(
      { query, variables },
      {
        next({ data }) {
          if (!data) return;
          learn(data.configUpdated.config);
          for (const listener of listeners) listener(data.configUpdated);
        },
        error: () => {}, // refused for good: what is known stays
        complete: () => {},
      },
    );
  };
  return {
    current: () => current,
    learn,
    listen(changed) {
      listeners.add(changed);
      stop ??= begin();
      return () => {
        listeners.delete(changed);
        if (listeners.size) return;
        stop?.();
        stop = undefined;
      };
    },
  };
}
