// What does the reference client graphql-ws get from one subscription, connecting again whenever it is cut off?
//   node follow.mjs WS-URL QUERY [VARIABLES]
// Prints one JSON object per line for whatever happens, until standard input ends. Each connection asks for a token and
// takes the next line of standard input. If VARIABLES have a knownRevision, it is the revision of the newest config
// received when the client subscribes again.
import { createInterface } from 'node:readline';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const RETRY_PAUSE_MS = 50;

const [url, query, variables = '{}'] = process.argv.slice(2);
const input = createInterface({ input: process.stdin });
const nextToken = () => {
  const token = new Promise((resolve) => input.once('line', resolve));
  tell('asks for a token');
  return token;
};
const payload = { query, variables: JSON.parse(variables) };
const tell = (event, more = {}) => console.log(JSON.stringify({ event, ...more }));

const client = createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: async () => ({ authorization: `Bearer ${await nextToken()}` }),
  retryAttempts: Infinity,
  retryWait: () => new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS)),
  shouldRetry: () => true,
  on: {
    // Frames are sent in order: what is subscribed to when this is told has been asked for before anything later.
    message: (message) => message.type === 'connection_ack' && tell('connected'),
    closed: ({ code, reason }) => tell('closed', { code, reason }),
  },
});

client.subscribe(payload, {
  next: ({ data, errors }) => {
    if ('knownRevision' in payload.variables) payload.variables.knownRevision = data.configUpdated.config.revision;
    tell('next', { data, errors });
  },
  error: (error) => tell('refused', Array.isArray(error) ? { errors: error } : { code: error.code, reason: error.reason }),
  complete: () => tell('complete'),
});

input.on('close', () => process.exit(0));
