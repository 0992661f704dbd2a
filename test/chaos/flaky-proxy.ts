/** A network between two programs that can be cut or stand still: TCP on 127.0.0.1, passed on to one port. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface FlakyProxy {
  readonly port: number
  /** Ends every connection at once and refuses new ones for so long. */
  cut(forMs: number): Promise<void>
  /** Passes nothing on for so long, and everything after: no connection notices. */
  stall(forMs: number): Promise<void>
  close(): Promise<void>
}

export async function startFlakyProxy(target: { host: string; port: number }): Promise<FlakyProxy> {
  const sockets = new Set<Socket>()
  let cuts = 0
  let stalls = 0

  const pass = (from: Socket, to: Socket) => {
    sockets.add(from)
    from.setNoDelay(true)
    from.on('data', (chunk: Buffer) => {
      if (!to.write(chunk)) from.pause()
    })
    to.on('drain', () => {
      if (stalls === 0) from.resume()
    })
    from.on('end', () => to.end())
    from.on('error', () => to.destroy())
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
    if (stalls > 0) from.pause()
  }

  const server = createServer({ allowHalfOpen: true }, (incoming) => {
    if (cuts > 0) {
      incoming.on('error', () => undefined)
      incoming.resetAndDestroy()
      return
    }
    const outgoing = connect({ ...target, allowHalfOpen: true })
    pass(incoming, outgoing)
    pass(outgoing, incoming)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo

  return {
    port,
    async cut(forMs) {
      cuts += 1
      for (const socket of sockets) socket.resetAndDestroy()
      await sleep(forMs)
      cuts -= 1
    },
    async stall(forMs) {
      stalls += 1
      for (const socket of sockets) socket.pause()
      await sleep(forMs)
      stalls -= 1
      if (stalls === 0) for (const socket of sockets) socket.resume()
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
