// What does a page that uses the client library get from the engine, and the engine from it?
//   node page.mjs URL STORAGE TOKEN...
// STORAGE is a file that outlives this page, like a browser's local storage. Each request for a token takes the next one,
// and the last again and again; there is none where it is empty. Does what the lines of standard input say,
// `{"do": NAME, ...}`, and prints one JSON object per line for whatever happens, until standard input ends: as abruptly
// as a page that is reloaded.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import WebSocket from 'ws';
import { createAttune } from '../../../web/packages/client/dist/index.js';

const [url, file, ...tokens] = process.argv.slice(2);
const tell = (event, more = {}) => process.stdout.write(`${JSON.stringify({ event, ...more })}\n`);

class FileStorage {
  #kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  get length() {
    return Object.keys(this.#kept).length;
  }
  key(number) {
    return Object.keys(this.#kept)[number] ?? null;
  }
  getItem(name) {
    return this.#kept[name] ?? null;
  }
  setItem(name, value) {
    this.#kept[name] = value;
    writeFileSync(file, JSON.stringify(this.#kept));
  }
  removeItem(name) {
    delete this.#kept[name];
    writeFileSync(file, JSON.stringify(this.#kept));
  }
}

class ToldSocket extends WebSocket {
  constructor(...more) {
    super(...more);
    this.on('close', (code) => tell('closed', { code }));
  }
  send(data, ...more) {
    super.send(data, ...more);
    if (JSON.parse(data).type === 'subscribe') tell('subscribes', JSON.parse(data).payload.variables);
  }
}

/** A session that cannot be renewed just now, where the token is empty. */
const nextToken = () => {
  const token = tokens.length > 1 ? tokens.shift() : tokens[0];
  if (!token) throw new Error('no token can be had');
  return token;
};

let answersToLose = 0;
let release;
let released = Promise.resolve();
const told = async (...request) => {
  try {
    const answer = await fetch(...request);
    if (answersToLose > 0) {
      answersToLose -= 1;
      throw new Error('the answer is lost');
    }
    tell('answered', { status: answer.status, ...(await answer.clone().json()) });
    await released;
    return answer;
  } catch (error) {
    tell('unanswered');
    throw error;
  }
};

const attune = createAttune({
  url,
  token: nextToken,
  user: 'whoever looks at this page',
  onRefused: ({ target }, reason) => tell('refused', { target, reason }),
  onError: ({ code, message, retryable }) => tell('error', { code, message, retryable }),
  storage: new FileStorage(),
  fetch: told,
  webSocketImpl: ToldSocket,
});

const doing = {
  config: async ({ context }) => tell('config', { config: await attune.config(context) }),
  subscribe: ({ context }) =>
    attune.subscribe(context, (config, update) => tell('shows', { config, cause: update?.cause ?? null })),
  track: ({ interactions }) => {
    attune.track(...interactions);
    tell('tracked');
  },
  flush: async () => {
    await attune.flush();
    tell('flushed');
  },
  opt: async ({ enabled }) => {
    await attune.setPersonalization(enabled);
    tell('opted');
  },
  'run ahead': ({ hours }) => {
    const now = Date.now;
    Date.now = () => now() + hours * 3_600_000;
    globalThis.Date = class extends Date {
      constructor(...given) {
        super(...(given.length ? given : [Date.now()]));
      }
    };
  },
  'hold answers': () => {
    released = new Promise((resolve) => {
      release = resolve;
    });
  },
  'release answers': () => release(),
  'lose answers': ({ number }) => {
    answersToLose = number;
  },
};

const input = createInterface({ input: process.stdin });
input.on('line', async (line) => {
  const { do: name, ...rest } = JSON.parse(line);
  try {
    await doing[name](rest);
  } catch ({ name, code, message }) {
    tell('failed', { name, code, message });
  }
});
input.on('close', () => process.exit(0));
