/** What does an application do with the engine? It asks for configs, follows them, and tells what users do. */
import type { Config, Context } from "./configs.js";
import { poster } from "./endpoint.js";
import { ConfigDocument, type ConfigQuery, PersonalizeDocument } from "./generated/operations.js";
import { type Changed, type LiveConfig, liveConfigs } from "./live-configs.js";
import { type Interaction, outbox, type Refused } from "./outbox.js";
import { shelf } from "./shelf.js";
import { subject, type Token, tokens } from "./tokens.js";

export type AttuneOptions = Readonly<{
  /** Of the engine's GraphQL API, like `https://attune.example/graphql`. */
  url: string;
  /** Of one user; a function is asked whenever one is needed, so it can renew what has expired. */
  token: Token;
  /** Whose page this is, where `token` is a function: who is not known gets nothing kept for the next page. */
  user?: string;
  /** Told of interactions that the engine refuses, which are not sent again. */
  onRefused?: Refused;
  /** For what outlives a page: by default the browser's local storage. */
  storage?: Storage;
  fetch?: typeof fetch;
  /** Where there is no global one, as in Node before 22. */
  webSocketImpl?: unknown;
}>;

export type Attune = Readonly<{
  /** The config as it is now. Rejects with an `AttuneError`; then `live(context).current()` may still know one. */
  config: (context: Context) => Promise<Config>;
  /** The newest known config at once if there is one, then every newer one, until the returned function is called. */
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

export function createAttune(options: AttuneOptions): Attune {
  const { url, token, user, onRefused = () => {}, storage, fetch: request = fetch, webSocketImpl } = options;
  const kept = shelf(user ?? (typeof token === "string" ? subject(token) : ""), storage);
  const granted = tokens(token);
  const post = poster(url, granted.next, (...sent) => request(...sent));
  const configs = liveConfigs(url, granted.next, kept, webSocketImpl);
  const sent = outbox({ post, shelf: kept, refused: onRefused, page: crypto.randomUUID() });
  const leave = () => void sent.flush(true);
  globalThis.addEventListener?.("pagehide", leave);
  return {
    async config(context) {
      const learn = configs.of(context).asking();
      const { viewer } = await post<ConfigQuery>(ConfigDocument, { context });
      return learn(viewer.config);
    },
    subscribe(context, onChange) {
      const live = configs.of(context);
      const current = live.current();
      if (current) onChange(current);
      return live.listen(onChange);
    },
    track: sent.add,
    flush: () => sent.flush(),
    async setPersonalization(enabled) {
      await sent.forget();
      await post(PersonalizeDocument, { enabled });
    },
    live: configs.of,
    close() {
      globalThis.removeEventListener?.("pagehide", leave);
      granted.close();
      sent.close();
      configs.close();
    },
  };
}
