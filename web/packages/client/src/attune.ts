/** What does an application do with the engine? It asks for configs, follows them, and tells what users do. */
import type { Config, Context, Update } from "./configs.js";
import { poster } from "./endpoint.js";
import { ConfigDocument, type ConfigQuery } from "./generated/operations.js";
import { type LiveConfig, liveConfigs } from "./live-configs.js";
import { type Interaction, outbox, type Refused } from "./outbox.js";
import { shelf } from "./shelf.js";

export type AttuneOptions = Readonly<{
  /** Of the engine's GraphQL API, like `https://attune.example/graphql`. */
  url: string;
  /** Of the user; a function is asked whenever one is needed, so it can renew what has expired. */
  token: string | (() => string | Promise<string>);
  /** Whose page this is, if not whom the token names: nobody else is shown what is kept for the next page. */
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
  subscribe: (context: Context, onChange: (config: Config, update?: Update) => void) => () => void;
  /** Sent together, soon, and again until the engine has them; each is counted once. */
  track: (...interactions: Interaction[]) => void;
  /** Resolves when everything that can be sent now has been. */
  flush: () => Promise<void>;
  live: (context: Context) => LiveConfig;
  close: () => void;
}>;

export function createAttune(options: AttuneOptions): Attune {
  const { url, token, user, onRefused = () => {}, storage, fetch: request = fetch, webSocketImpl } = options;
  const tokenNow = async () => (typeof token === "string" ? token : token());
  const kept = shelf(user ?? (typeof token === "string" ? subject(token) : ""), storage);
  const post = poster(url, tokenNow, (...sent) => request(...sent));
  const configs = liveConfigs(url, tokenNow, kept, webSocketImpl);
  const sent = outbox({ post, shelf: kept, refused: onRefused, page: crypto.randomUUID() });
  const leave = () => void sent.flush(true);
  globalThis.addEventListener?.("pagehide", leave);
  return {
    async config(context) {
      const { viewer } = await post<ConfigQuery>(ConfigDocument.toString(), { context });
      configs.of(context).learn(viewer.config);
      return viewer.config;
    },
    subscribe(context, onChange) {
      const live = configs.of(context);
      const current = live.current();
      if (current) onChange(current);
      return live.listen((update) => onChange(update.config, update));
    },
    track: sent.add,
    flush: () => sent.flush(),
    live: configs.of,
    close() {
      globalThis.removeEventListener?.("pagehide", leave);
      sent.close();
      configs.close();
    },
  };
}

/** Whom a token names, for keeping users of one browser apart; the engine alone verifies it. */
function subject(token: string): string {
  try {
    return JSON.parse(atob((token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"))).sub;
  } catch {
    return "";
  }
}
