/**
 * Takes from this process every way that JavaScript has to a network: Node's permissions hold files, programs and native code, and no sockets.
 * What was handed over by the parent stays open. Threads that are started later have all of it again.
 * Source: https://nodejs.org/docs/latest-v24.x/api/permissions.html
 */
import dgram from 'node:dgram'
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'

// A library that asks a server about a page would tell it who reads what.
const GLOBALS = ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest']

export function closeNetwork(): void {
  for (const name of GLOBALS) Reflect.deleteProperty(globalThis, name)
  // http, https, tls and http2 all go through it.
  Object.assign(net.Socket.prototype, { connect: refuse })
  Object.assign(net.Server.prototype, { listen: refuse })
  Object.assign(dgram.Socket.prototype, { bind: refuse, connect: refuse, send: refuse })
  for (const asking of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
    for (const name of Object.getOwnPropertyNames(asking)) {
      if (/^(?:lookup|resolve|reverse)/.test(name)) Object.assign(asking, { [name]: refuse })
    }
  }
  syncBuiltinESMExports()
}

function refuse(): never {
  throw new Error('this process has no network')
}
