// GrowthBook's remote evaluation, behind Node's own HTTP server: less than the proxy does that carries it.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { evaluateFeatures } from '@growthbook/proxy-eval'

const [port, payloadFile] = process.argv.slice(2)
const payload = JSON.parse(readFileSync(payloadFile))
const server = createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8')
  request.on('data', part => (body += part))
  request.on('end', async () => {
    const { attributes = {} } = body ? JSON.parse(body) : {}
    const answer = Buffer.from(JSON.stringify(await evaluateFeatures({ payload, attributes })))
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer)
  })
})
server.listen(Number(port), '127.0.0.1')
