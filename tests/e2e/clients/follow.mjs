// What does a reference client get from one subscription, connecting again whenever it is cut off?
//   node follow.mjs URL QUERY [VARIABLES]
// The client is graphql-ws for a ws: URL, and graphql-sse for an http: URL.
// Prints one JSON object per line for whatever happens, until standard input ends. Each connection asks for a token and
// takes the next line of standard input. If VARIABLES have a knownRevision, it is the revision of the newest config
// received when the client subscribes again.
import { createInterface } from 'node:readline';
import { createClient as createStreams } from 'graphql-sse';
import { createClient as createSockets } from 'graphql-ws';
import WebSocket from 'ws';

const RETRY_PAUSE_MS = 50;

const [url, query, variables = '{}'] = process.argv.slice(2);
const input = createInterface({ input: process.stdin });
const nextToken = () => {
  const token = new Promise((resolve) => input.once('line', resolve));
  tell('asks for a token');
  return token;
};
const credentials = async () => ({ authorization: `Bearer ${await nextToken()}` });
const payload = { query, variables: JSON.parse(variables) };
const tell = (event, more = {}) => console.log(JSON.stringify({ event, ...more }));
const pause = () => new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));

const sockets = () =>
  createSockets({
    url,
    webSocketImpl: WebSocket,
    connectionParams: credentials,
    retryAttempts: Infinity,
    retryWait: pause,
    shouldRetry: () => true,
    on: {
      // Frames are sent in order: what is subscribed to when this is told has been asked for before anything later.
      message: (message) => message.type === 'connection_ack' && tell('connected'),
      closed: ({ code, reason }) => tell('closed', { code, reason }),
    },
  });

const streams = () =>
  createStreams({
    url,
    headers: credentials,
    retryAttempts: Infinity,
    retry: pause,
    on: {
      connecting: (again) => again && tell('closed'),
      connected: () => tell('connected'),
    },
  });

const told = (error) => {
  if (Array.isArray(error)) return { errors: error };
  return { code: error.code, reason: error.reason ?? error.message };
};

(url.startsWith('ws') ? sockets() : streams()).subscribe(payload, {
  next: ({ data, errors }) => {
    if ('knownRevision' in payload.variables && data) {
      payload.variables.knownRevision = data.configUpdated.config.revision;
    }
    tell('next', { data, errors });
  },
  error: (error) => tell('refused', told(error)),
  complete: () => tell('complete'),
});

input.on('close', () => process.exit(0));
