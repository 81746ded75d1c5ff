/** How does what the engine pushes reach a page? Over one connection, made anew whenever it is lost. */
import { type Connection, connect, type Message, type WebSocketClass } from "./connections.js";
import { AttuneError, type Failed, type GraphQLFault, isRetryable } from "./endpoint.js";

/** `variables` are read whenever the engine is asked. */
export type Subscription<Data> = Readonly<{ query: string; variables: unknown; told: (data: Data) => void }>;

export type Sockets = Readonly<{
  /** Until the returned function is called, or the engine says that it never will push anything. */
  subscribe: <Data>(subscription: Subscription<Data>) => () => void;
  close: () => void;
}>;

type Timer = ReturnType<typeof setTimeout>;
type Followed = { subscription: Subscription<never>; attempts: number; timer?: Timer };

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** For so long a connection outlives its last subscription: another page of the application may follow at once. */
const LINGERS_MS = 1_000;

const pauseAfter = (attempts: number) =>
  Math.min(FIRST_PAUSE_MS * 2 ** attempts, LONGEST_PAUSE_MS) * (0.5 + Math.random());

export function sockets(
  url: string,
  token: () => Promise<string>,
  failed: Failed,
  Given: WebSocketClass | undefined = globalThis.WebSocket,
): Sockets {
  const followed = new Map<string, Followed>();
  let connection: Connection | undefined;
  let isReady = false;
  let attempts = 0;
  let timer: Timer | undefined;
  let ids = 0;

  const ask = (id: string, one: Followed) => {
    clearTimeout(one.timer);
    const { query, variables } = one.subscription;
    if (isReady) connection?.say({ id, type: "subscribe", payload: { query, variables } });
  };
  const again = (id: string, one: Followed) => {
    one.timer = setTimeout(() => ask(id, one), pauseAfter(one.attempts++));
  };
  const refuse = (id: string, one: Followed, faults: readonly GraphQLFault[]) => {
    const { message = "", extensions } = faults[0] ?? {};
    const code = extensions?.code ?? "";
    if (isRetryable(code)) again(id, one);
    // The engine has judged, and what is known stays.
    else followed.delete(id);
    failed(new AttuneError(message, code, isRetryable(code)));
  };
  const hear = ({ id, type, payload }: Message) => {
    const one = followed.get(id);
    if (!one) return;
    if (type === "error") return refuse(id, one, payload as GraphQLFault[]);
    // Nobody but us has a reason to end it.
    if (type === "complete") return again(id, one);
    const { data } = payload as { data?: never };
    one.attempts = 0;
    if (data) one.subscription.told(data);
  };

  const close = () => {
    clearTimeout(timer);
    connection?.close();
    timer = connection = undefined;
    isReady = false;
  };
  const lose: Failed = (error) => {
    close();
    timer = setTimeout(() => {
      timer = undefined;
      if (followed.size) open();
    }, pauseAfter(attempts++));
    failed(error);
  };
  const ready = () => {
    isReady = true;
    attempts = 0;
    for (const [id, one] of followed) ask(id, one);
  };
  const open = () => {
    if (!Given) throw new Error("There is no WebSocket here: give one as `webSocketImpl`.");
    try {
      connection = connect(url, token, Given, { ready, heard: hear, lost: lose });
    } catch (error) {
      lose(new AttuneError(String(error), "UNREACHABLE", true));
    }
  };
  const rest = () => {
    if (!followed.size) close();
  };
  return {
    close,
    subscribe(subscription) {
      const id = String(++ids);
      const one: Followed = { subscription, attempts: 0 };
      followed.set(id, one);
      if (connection) ask(id, one);
      else if (!timer) open();
      return () => {
        clearTimeout(one.timer);
        if (!followed.delete(id)) return;
        if (isReady) connection?.say({ id, type: "complete" });
        setTimeout(rest, LINGERS_MS);
      };
    },
  };
}
