/** What does the library say to an engine, and what does it do when the engine answers late, or not at all? */
import { type Attune, type AttuneOptions, type Config, createAttune, type Update } from "../src/index";

type Message = Readonly<{ id: string; type: string; payload?: Record<string, unknown> }>;
type Request = Readonly<{ query: string; variables: Record<string, unknown> }>;
type Sent = Request &
  Readonly<{
    url: string;
    authorization: string;
    keepalive: boolean;
    answer: (data: unknown) => void;
    fail: () => void;
  }>;

export const config = (mode: Config["theme"]["mode"]): Config => ({
  revision: mode,
  theme: { mode },
  layout: { density: "COMFORTABLE" },
  features: [],
  navigation: { order: [], shortcuts: [] },
  content: { difficulty: "BEGINNER", include: [], exclude: [] },
  recommendations: [],
  parameters: {},
  source: "DECIDED",
  decidedAt: "2026-11-26T08:00:00Z",
});

export const token = (user: string) => `head.${btoa(JSON.stringify({ sub: user }))}.signature`;

/** As the interface says, and not with what it keeps as properties. */
export class MemoryStorage implements Storage {
  readonly #kept = new Map<string, string>();
  get length() {
    return this.#kept.size;
  }
  key = (number: number) => [...this.#kept.keys()][number] ?? null;
  clear = () => this.#kept.clear();
  getItem = (name: string) => this.#kept.get(name) ?? null;
  setItem = (name: string, value: string) => void this.#kept.set(name, value);
  removeItem = (name: string) => void this.#kept.delete(name);
}

/** Names of what the library keeps. */
export const kept = (storage: Storage) =>
  Array.from({ length: storage.length }, (_, number) => storage.key(number)).filter((name) =>
    name?.startsWith("attune:"),
  );

/** Stands for `fetch`: notes what is asked for in `sent`, where a test answers it. */
const asking = (sent: Sent[]) => (url: unknown, init?: RequestInit) =>
  new Promise<Response>((resolve, reject) => {
    const answer = (body: object) => resolve(new Response(JSON.stringify(body)));
    sent.push({
      ...(JSON.parse(String(init?.body)) as Request),
      url: String(url),
      authorization: new Headers(init?.headers).get("authorization") ?? "",
      keepalive: init?.keepalive ?? false,
      answer: (data) => answer({ data }),
      fail: () => reject(new Error("away")),
    });
  });

/** Stands where the engine is: it answers, pushes and falls silent as a test says. */
export function engine() {
  const sent: Sent[] = [];
  const sockets: Socket[] = [];
  const world = { isSilent: false };

  class Socket {
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSING = 2;
    static readonly CLOSED = 3;
    readyState = Socket.CONNECTING;
    readonly heard: Message[] = [];
    onopen?: () => void;
    onclose?: (event: { code: number; reason: string }) => void;
    onmessage?: (event: { data: string }) => void;

    constructor(
      readonly url: string,
      readonly protocol: string,
    ) {
      sockets.push(this);
      queueMicrotask(() => {
        this.readyState = Socket.OPEN;
        this.onopen?.();
      });
    }

    send(text: string) {
      const message: Message = JSON.parse(text);
      this.heard.push(message);
      if (message.type === "connection_init") this.say({ type: "connection_ack" });
      if (message.type === "ping" && !world.isSilent) this.say({ type: "pong" });
    }

    say(message: object) {
      this.onmessage?.({ data: JSON.stringify(message) });
    }

    close(code = 1000, reason = "") {
      this.readyState = Socket.CLOSED;
      this.onclose?.({ code, reason });
    }
  }

  const request = asking(sent);
  const heard = (type: string) => sockets.flatMap((socket) => socket.heard).filter((message) => message.type === type);
  /** To the newest subscription. */
  const say = (type: string, payload?: unknown) => {
    const { id } = heard("subscribe").at(-1) ?? { id: "" };
    sockets.at(-1)?.say({ id, type, payload });
  };
  return {
    sent,
    sockets,
    /** As a network is that is gone: it does not even say so. */
    fallSilent: () => {
      world.isSilent = true;
    },
    heard,
    say,
    push(pushed: Config) {
      const configUpdated: Update = { cause: "RULE_CHANGED", changedSlots: [], config: pushed };
      say("next", { data: { configUpdated } });
    },
    open: (options: Partial<AttuneOptions> = {}): Attune =>
      createAttune({
        url: "http://engine.test/graphql",
        token: token("ann"),
        storage: new MemoryStorage(),
        fetch: request as typeof fetch,
        webSocketImpl: Socket,
        ...options,
      }),
  };
}

export const answered = (known: Config) => ({ viewer: { config: known } });
export const stored = { trackInteractions: { accepted: 1, duplicates: 0, userErrors: [] } };
