/** What should this page look like now? One subscription per context, shared by all who look at it. */
import { type Config, type Context, keyOf, type Update } from "./configs.js";
import { ConfigUpdatedDocument, type ConfigUpdatedSubscription } from "./generated/operations.js";
import type { Shelf } from "./shelf.js";
import type { Sockets } from "./sockets.js";
import { tell } from "./telling.js";

/** Configs of so many contexts are kept for the next page. */
const MOST_KEPT = 20;
/** Another number when `WholeConfig` changes: what was kept before would lack something, and be right to the engine. */
const KEPT_AS = "config-1:";

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

export function liveConfigs(sockets: Sockets, shelf: Shelf): LiveConfigs {
  const known = new Map<string, LiveConfig>();
  let closed = false;
  const isClosed = () => closed;
  return {
    of(context) {
      const key = keyOf(context);
      const one = known.get(key) ?? liveConfig(sockets, context, shelf, isClosed);
      known.set(key, one);
      return one;
    },
    close() {
      closed = true;
      for (const live of known.values()) live.close();
      sockets.close();
    },
  };
}

function liveConfig(sockets: Sockets, context: Context, shelf: Shelf, isClosed: () => boolean): LiveConfig {
  const name = KEPT_AS + keyOf(context);
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
  const begin = () =>
    sockets.subscribe<ConfigUpdatedSubscription>({
      query: ConfigUpdatedDocument,
      // Read anew whenever the engine is asked again: it then sends only what is not known yet.
      get variables() {
        return { context, knownRevision: current?.revision };
      },
      told: ({ configUpdated }) => learn(configUpdated.config, ++turn, configUpdated),
    });
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
  const kept = shelf.names().filter((one) => one.startsWith(KEPT_AS));
  for (const oldest of kept.slice(0, -MOST_KEPT)) if (oldest !== name) shelf.set(oldest, undefined);
}
