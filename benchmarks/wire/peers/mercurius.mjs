// The engine's schema and query, answered by mercurius with its compiler on.
import { readFileSync } from 'node:fs'
import Fastify from 'fastify'
import mercurius from 'mercurius'
import { loaded } from './deciding.mjs'

const [port, workload, schema] = process.argv.slice(2)
const { person, decide } = loaded(workload)
const app = Fastify()
app.register(mercurius, {
  schema: readFileSync(schema, 'utf8'),
  resolvers: {
    Query: { viewer: (_, __, { viewer }) => viewer },
    User: { config: (viewer, { context }) => decide(viewer, context) }
  },
  context: request => ({ viewer: person(request.headers.authorization) }),
  jit: 1
})
await app.listen({ port: Number(port), host: '127.0.0.1' })
