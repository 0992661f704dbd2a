/** A program: PostgreSQL 18 with pgvector, in memory, on a free port of 127.0.0.1 that it prints. PGlite holds up the thread it runs in. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { PGlite } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { createStatementRenamer } from './rename-statements.ts'

const MAX_CONNECTIONS = 20

const db = await PGlite.create({ extensions: { vector } })
const inner = new PGLiteSocketServer({ db, port: 0, host: '127.0.0.1', maxConnections: MAX_CONNECTIONS })
await inner.start()
const [host, port] = inner.getServerConn().split(':')

let connections = 0
const outer = createServer((client) => {
  connections += 1
  const rename = createStatementRenamer(`c${connections}_`)
  const server = connect(Number(port), host)
  client.on('data', (bytes) => server.write(rename(bytes)))
  server.pipe(client)
  client.on('close', () => server.end())
  for (const socket of [client, server]) socket.on('error', () => socket.destroy())
})
outer.listen(0, '127.0.0.1')
await once(outer, 'listening')
console.log(`listening at 127.0.0.1:${(outer.address() as AddressInfo).port}`)
