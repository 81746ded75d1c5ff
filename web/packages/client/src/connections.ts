/** How does one graphql-transport-ws connection begin, and how does it notice that nobody is there any more? */
import { AttuneError, type Failed } from "./endpoint.js";

/** Whatever is like the browser's own. */
export type WebSocketClass = new (url: string, protocol: string) => WebSocket;

export type Message = Readonly<{ id: string; type: string; payload?: unknown }>;

export type Connection = Readonly<{ say: (message: object) => void; close: () => void }>;

/** `lost` comes at most once, and last. */
type Ends = Readonly<{ ready: () => void; heard: (message: Message) => void; lost: Failed }>;

const PROTOCOL = "graphql-transport-ws";
/** So often it is asked whether anybody is still there: a network that is gone does not say so. */
const HEARTBEAT_MS = 20_000;
/** The engine closes with these where it does not take a token. */
const REFUSALS = [4401, 4403];

export function connect(
  url: string,
  token: () => Promise<string>,
  Given: WebSocketClass,
  { ready, heard, lost }: Ends,
): Connection {
  const address = new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = new Given(address.href, PROTOCOL);
  let isHeard = true;
  const say = (message: object) => {
    if (socket.readyState === 1) socket.send(JSON.stringify(message));
  };
  const heartbeat = setInterval(() => {
    if (!isHeard) lose(away("The engine says nothing."));
    isHeard = false;
    say({ type: "ping" });
  }, HEARTBEAT_MS);
  const close = () => {
    clearInterval(heartbeat);
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  };
  // It may take its time to be closed: whoever goes on does not wait for it.
  const lose = (error: AttuneError) => {
    if (!socket.onclose) return;
    close();
    lost(error);
  };
  socket.onerror = () => {};
  socket.onclose = ({ code, reason }) => lose(away(reason || "The connection to the engine is lost.", code));
  socket.onopen = () =>
    token().then((given) => say({ type: "connection_init", payload: { authorization: `Bearer ${given}` } }), lose);
  socket.onmessage = ({ data }) => {
    const message: Message = JSON.parse(data);
    isHeard = true;
    if (message.type === "ping") say({ type: "pong" });
    if (message.type === "connection_ack") ready();
    else heard(message);
  };
  return { say, close };
}

const away = (reason: string, code = 0) =>
  new AttuneError(reason, REFUSALS.includes(code) ? "UNAUTHENTICATED" : "UNREACHABLE", true);
