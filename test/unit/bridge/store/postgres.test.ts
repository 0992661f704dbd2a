import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { openPostgres } from '../../../../bridge/store/postgres.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'

/** One message of the server: https://www.postgresql.org/docs/15/protocol-message-formats.html */
function message(type: string, body: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const int32 = (value: number) => Buffer.from([value >> 24, value >> 16, value >> 8, value])
const READY = message('Z', Buffer.from('I'))
const complete = message('C', Buffer.from('SELECT 1\0'))
const FATAL = message('E', Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0'))
const CLOCK = Buffer.concat([
  message(
    'T',
    Buffer.concat([
      Buffer.from([0, 1]),
      Buffer.from('now\0'),
      int32(0),
      Buffer.from([0, 0]),
      int32(20),
      Buffer.from([0, 8]),
      int32(-1),
      Buffer.from([0, 0]),
    ]),
  ),
  message('D', Buffer.concat([Buffer.from([0, 1]), int32(1), Buffer.from('1')])),
  complete,
  READY,
])

/** A PostgreSQL that tells its time, and dies in the very packet that answers the first statement after it. */
async function startDyingServer(): Promise<string> {
  const sockets = new Set<Socket>()
  let isDead = false
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', () => {
      if (isDead) return socket.destroy()
      socket.write(Buffer.concat([message('R', int32(0)), READY]))
      socket.on('data', (data) => {
        if (data[0] === 'Q'.charCodeAt(0)) return socket.write(CLOCK)
        isDead = true
        return socket.end(Buffer.concat([message('1'), message('2'), message('n'), complete, READY, FATAL]))
      })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `postgres://kefu@127.0.0.1:${(server.address() as AddressInfo).port}/kefu`
}

it('a connection that breaks while it changes hands fails the next statement, not the process', async () => {
  const database = await openPostgres({ url: await startDyingServer(), poolSize: 1, log: createRecordingLogger() })
  onTestFinished(() => database.close())
  // The second waits for the connection of the first, and gets it in the moment in which it dies.
  const results = await Promise.allSettled([
    database.all('select 1 as one'),
    database.transaction((sql) => sql.all('select 1 as one')),
  ])
  expect(results[1]).toMatchObject({ status: 'rejected', reason: { code: 'database.unavailable' } })
})
