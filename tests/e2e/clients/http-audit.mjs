// Does an endpoint pass every GraphQL-over-HTTP audit of the npm package graphql-http, the optional ones included?
//   node http-audit.mjs URL
import { serverAudits } from 'graphql-http';

const [url] = process.argv.slice(2);
const results = [];
for (const audit of serverAudits({ url, fetchFn: fetch })) results.push(await audit.fn());
for (const result of results.filter(({ status }) => status !== 'ok'))
  console.log(`${result.status}  ${result.id}  ${result.name}\n    ${result.reason}`);

const passed = results.filter(({ status }) => status === 'ok').length;
console.log(`${passed}/${results.length} passed`);
process.exit(passed === results.length ? 0 : 1);
