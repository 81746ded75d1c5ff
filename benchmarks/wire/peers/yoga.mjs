// The engine's schema and query, answered by graphql-yoga on Node's own HTTP server.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createSchema, createYoga } from 'graphql-yoga'
import { loaded } from './deciding.mjs'

const [port, workload, schema] = process.argv.slice(2)
const { person, decide } = loaded(workload)
const yoga = createYoga({
  schema: createSchema({
    typeDefs: readFileSync(schema, 'utf8'),
    resolvers: {
      Query: { viewer: (_, __, { viewer }) => viewer },
      User: { config: (viewer, { context }) => decide(viewer, context) }
    }
  }),
  context: ({ request }) => ({ viewer: person(request.headers.get('authorization')) }),
  logging: false,
  graphiql: false,
  landingPage: false
})
createServer(yoga).listen(Number(port), '127.0.0.1')
