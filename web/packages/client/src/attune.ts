/** What does an application do with the engine? It asks for configs, follows them, and tells what users do. */
import type { Config, Context } from "./configs.js";
import type { WebSocketClass } from "./connections.js";
import { type Failed, poster } from "./endpoint.js";
import { ConfigDocument, type ConfigQuery, PersonalizeDocument } from "./generated/operations.js";
import { type Changed, type LiveConfig, liveConfigs } from "./live-configs.js";
import { outbox } from "./outbox.js";
import { shelf } from "./shelf.js";
import { sockets } from "./sockets.js";
import { tell } from "./telling.js";
import { subject, type Token, tokens } from "./tokens.js";
import { type Interaction, madeUp, type Refused, unsentOf } from "./unsent.js";

export type AttuneOptions = Readonly<{
  /** Of the engine's GraphQL API, like `https://attune.example/graphql`; in a browser also relative to the page. */
  url: string;
  /** Of one user; a function is asked whenever one is needed, so it can renew what has expired. */
  token: Token;
  /** Whose page this is, where `token` is a function: who is not known gets nothing kept for the next page. */
  user?: string;
  /** Told of interactions that the engine refuses, which are not sent again. */
  onRefused?: Refused;
  /** Told of what fails in the background. Where it is `retryable` the library tries again by itself. */
  onError?: Failed;
  /** For what outlives a page: by default the browser's local storage. */
  storage?: Storage;
  fetch?: typeof fetch;
  /** Where there is no global one, as in Node before 22. */
  webSocketImpl?: unknown;
}>;

export type Attune = Readonly<{
  /** The config as it is now. Rejects with an `AttuneError`; then `live(context).current()` may still know one. */
  config: (context: Context) => Promise<Config>;
  /** The newest known config before the page is painted if there is one, then every newer one, until it is stopped. */
  subscribe: (context: Context, onChange: Changed) => () => void;
  /** Sent together, soon, and again until the engine has them; each is counted once. */
  track: (...interactions: Interaction[]) => void;
  /** Resolves when everything that can be sent now has been. */
  flush: () => Promise<void>;
  /** Opts the user out, or in again. What was done before is sent no more: it was done under another choice. */
  setPersonalization: (enabled: boolean) => Promise<void>;
  live: (context: Context) => LiveConfig;
  /** Before somebody else uses the page. What is unsent waits for the user's next page: `flush` first. */
  close: () => void;
}>;

/** Phones end pages that are not seen without telling them. */
const LEAVING = ["pagehide", "visibilitychange"];

export function createAttune(options: AttuneOptions): Attune {
  const { token, onRefused = () => {}, onError = () => {}, fetch: request = fetch } = options;
  const url = options.url.replace(/\/$/, "");
  const owner = options.user ?? (typeof token === "string" ? subject(token) : "");
  const kept = shelf(owner && `${owner}@${url}`, options.storage);
  const failed: Failed = (error) => tell(onError, error);
  const granted = tokens(token);
  const clock = { aheadMs: 0 };
  const post = poster(url, granted.next, (...sent) => request(...sent), clock);
  const socket = sockets(url, granted.next, failed, options.webSocketImpl as WebSocketClass | undefined);
  const configs = liveConfigs(socket, kept);
  const refused: Refused = (...told) => tell(onRefused, ...told);
  const sent = outbox(post, unsentOf(kept, madeUp(), refused), clock, failed);
  const leave = () => void sent.flush(true);
  for (const event of LEAVING) globalThis.addEventListener?.(event, leave);
  return {
    async config(context) {
      const learn = configs.of(context).asking();
      const { viewer } = await post<ConfigQuery>(ConfigDocument, { context });
      return learn(viewer.config);
    },
    subscribe(context, onChange) {
      const live = configs.of(context);
      const stop = live.listen(onChange);
      let isStopped = false;
      // Not at once, because it may use what this returns.
      queueMicrotask(() => {
        const current = live.current();
        if (!isStopped && current) tell(onChange, current);
      });
      return () => {
        isStopped = true;
        stop();
      };
    },
    track: sent.add,
    flush: () => sent.flush(),
    async setPersonalization(enabled) {
      await sent.forget();
      await post(PersonalizeDocument, { enabled });
    },
    live: configs.of,
    close() {
      for (const event of LEAVING) globalThis.removeEventListener?.(event, leave);
      granted.close();
      sent.close();
      configs.close();
    },
  };
}
