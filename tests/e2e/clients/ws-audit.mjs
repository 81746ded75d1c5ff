// Does the reference client graphql-ws get from a server what it gets from its own?
//   node ws-audit.mjs WS-URL [--active URL answering {"active": <running count subscriptions>}]
// The raw frames of the protocol are tested in tests/transport/test_sockets.py.
import assert from 'node:assert/strict';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [url, ...options] = process.argv.slice(2);
const activeUrl = options[options.indexOf('--active') + 1];
const active = async () => (await (await fetch(activeUrl)).json()).active;
const connect = (more) => createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0, ...more });

async function results(client, query) {
  const answers = [];
  for await (const answer of client.iterate({ query })) answers.push(answer);
  return answers;
}

const checks = {
  'a subscription yields its events and completes': async (client) =>
    assert.deepEqual((await results(client, 'subscription { count }')).map(({ data }) => data.count), [0, 1, 2]),
  'a query is answered': async (client) =>
    assert.deepEqual(await results(client, '{ hello }'), [{ data: { hello: 'world' } }]),
  'a mutation is answered': async (client) =>
    assert.deepEqual(await results(client, 'mutation { noop(x: 4) }'), [{ data: { noop: 4 } }]),
  'a syntax error ends its operation only': async (client) => {
    const live = client.iterate({ query: 'subscription { count(to: 1000) }' });
    await live.next();
    await assert.rejects(results(client, '{ nope'), (errors) => /Syntax Error/.test(errors[0].message));
    assert.equal((await live.next()).done, false);
    await live.return();
  },
  'unsubscribing stops the source': async (client) => {
    const live = client.iterate({ query: 'subscription { count(to: 100000) }' });
    await live.next();
    assert.equal(await active(), 1);
    await live.return();
    await results(client, '{ hello }'); // answered after `complete` has been read
    assert.equal(await active(), 0);
  },
  'a refused connection closes with 4403': async () => {
    const refused = connect({ connectionParams: { token: 'bad' } });
    await assert.rejects(results(refused, '{ hello }'), ({ code }) => code === 4403);
  },
};

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  const client = connect();
  try {
    await check(client);
    console.log(`pass  ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}\n${error.stack ?? JSON.stringify(error)}`);
  } finally {
    await client.dispose();
  }
}
process.exit(failed ? 1 : 0);
