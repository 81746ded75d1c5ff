/** What does the library say to an engine, and what does it do when the engine answers late, or not at all? */
import { type Attune, type AttuneOptions, type Config, createAttune, type Update } from "../src/index";

type Message = Readonly<{ id: string; type: string; payload?: Record<string, unknown> }>;
type Request = Readonly<{ query: string; variables: Record<string, unknown> }>;
type Sent = Request & Readonly<{ authorization: string; answer: (data: unknown) => void; fail: () => void }>;

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

export class MemoryStorage implements Storage {
  [name: string]: unknown;
  get length() {
    return Object.keys(this).length;
  }
  key = () => null;
  clear = () => {};
  getItem = (name: string) => (this[name] as string | undefined) ?? null;
  setItem = (name: string, value: string) => {
    this[name] = value;
  };
  removeItem = (name: string) => {
    delete this[name];
  };
}

/** Names of what the library keeps. */
export const kept = (storage: Storage) => Object.keys(storage).filter((name) => name.startsWith("attune:"));

/** Stands where the engine is: it answers, pushes and falls silent as a test says. */
export function engine() {
  const sent: Sent[] = [];
  const sockets: Socket[] = [];

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

    constructor() {
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
    }

    say(message: object) {
      this.onmessage?.({ data: JSON.stringify(message) });
    }

    close(code = 1000, reason = "") {
      this.readyState = Socket.CLOSED;
      this.onclose?.({ code, reason });
    }
  }

  const request = (_url: unknown, init?: RequestInit) =>
    new Promise<Response>((resolve, reject) => {
      const authorization = new Headers(init?.headers).get("authorization") ?? "";
      sent.push({
        ...(JSON.parse(String(init?.body)) as Request),
        authorization,
        answer: (data) => resolve(new Response(JSON.stringify({ data }))),
        fail: () => reject(new Error("away")),
      });
    });
  const heard = (type: string) => sockets.flatMap((socket) => socket.heard).filter((message) => message.type === type);
  /** To the newest subscription. */
  const say = (type: string, payload?: unknown) => {
    const { id } = heard("subscribe").at(-1) ?? { id: "" };
    sockets.at(-1)?.say({ id, type, payload });
  };
  return {
    sent,
    sockets,
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
