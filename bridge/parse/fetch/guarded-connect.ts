/**
 * Connects to a name only if every address it has is public, and only to those very addresses: a name server that answers
 * otherwise a moment later changes nothing. Made anew for every connection, so each redirect passes through it as well.
 */
import { isIP, type Socket } from 'node:net'
import { buildConnector, Client } from 'undici'
import { AppError } from '../../../shared/app-error.ts'

export interface GuardDeps {
  /** Every address of a name; empty when it has none. */
  resolve: (hostname: string) => Promise<string[]>
  isAllowed: (address: string) => boolean
}

export interface GuardOptions {
  /** All connections go through it; it is asked for a checked address, never for a name. */
  proxyUrl?: string | undefined
  timeoutMs: number
}

/** Fails with `fetch.forbidden` or `fetch.unresolved`, or as the network does. */
export function createGuardedConnect(
  { resolve, isAllowed }: GuardDeps,
  { proxyUrl, timeoutMs }: GuardOptions,
): buildConnector.connector {
  const connect = async (options: buildConnector.Options): Promise<Socket> => {
    const addresses = isIP(options.hostname) === 0 ? await resolve(options.hostname) : [options.hostname]
    const [first] = addresses
    if (first === undefined) throw refuse('fetch.unresolved')
    if (!addresses.every(isAllowed)) throw refuse('fetch.forbidden')

    const port = options.port || (options.protocol === 'https:' ? '443' : '80')
    const tunnel = proxyUrl === undefined ? undefined : await openTunnel(proxyUrl, first, port, timeoutMs)
    if (tunnel !== undefined && options.protocol !== 'https:') return tunnel
    const connector = buildConnector({ timeout: timeoutMs, allowH2: false, ...pinTo(addresses) })
    const socket = await new Promise<Socket>((done, fail) => {
      // On a failure there is none, whatever the types say: `undefined` as well as `null`.
      connector({ ...options, ...(tunnel && { httpSocket: tunnel }) }, (error, connected) =>
        connected ? done(connected) : fail(error),
      )
    })
    // What counts in the end is where the connection stands.
    if (tunnel === undefined && !isAllowed(socket.remoteAddress ?? '')) {
      socket.destroy()
      throw refuse('fetch.forbidden')
    }
    return socket
  }
  return (options, callback) => {
    connect(options).then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(error instanceof Error ? error : new Error('no connection'), null),
    )
  }
}

/** Options of net.connect that take the place of a second look-up. */
function pinTo(addresses: readonly string[]): Partial<buildConnector.BuildOptions> {
  const found = addresses.map((address) => ({ address, family: isIP(address) }))
  return {
    lookup: (_hostname, options, callback) => {
      const [first] = found
      if (options.all || first === undefined) callback(null, found)
      else callback(null, first.address, first.family)
    },
  }
}

async function openTunnel(proxyUrl: string, address: string, port: string, timeoutMs: number): Promise<Socket> {
  const proxy = new URL(proxyUrl)
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  const client = new Client(proxy.origin, { connect: { timeout: timeoutMs }, headersTimeout: timeoutMs })
  const path = `${isIP(address) === 6 ? `[${address}]` : address}:${port}`
  const { statusCode, socket } = await client.connect({
    path,
    headers: {
      host: path,
      ...(proxy.username !== '' && { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }),
    },
    signal: AbortSignal.timeout(timeoutMs),
  })
  if (statusCode !== 200) {
    socket.destroy()
    throw new AppError('fetch.proxy-refused', `the outbound proxy answered ${statusCode}`, { retryable: false })
  }
  return socket as Socket
}

function refuse(code: 'fetch.forbidden' | 'fetch.unresolved'): AppError {
  return new AppError(code, code === 'fetch.forbidden' ? 'the address is not public' : 'the name has no address', {
    retryable: false,
  })
}
