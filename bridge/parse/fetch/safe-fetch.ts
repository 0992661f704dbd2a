/**
 * Opens an address that a stranger wrote, and gives back at most so many bytes within so much time. It can't be led to anything
 * that only this machine reaches: see check-web-address.ts for the spelling and guarded-connect.ts for where a name leads. Nothing
 * of ours goes along: no cookie, no referrer, no credential.
 */
import { Agent, type Response, fetch as undiciFetch } from 'undici'
import { isAppError } from '../../../shared/app-error.ts'
import { type AddressRules, checkWebAddress } from './check-web-address.ts'
import { type FetchResult, failed } from './fetch-result.ts'
import { createGuardedConnect, type GuardDeps } from './guarded-connect.ts'
import { isPublicAddress } from './is-public-address.ts'
import { resolveHost } from './resolve-host.ts'

export interface SafeFetchOptions {
  /** Host names of ours. */
  refusedHosts: Iterable<string>
  /** http(s) proxy that all of it goes through. It must allow CONNECT to ports 80 and 443. */
  proxyUrl?: string | undefined
  /** For all of it, redirects included. Default 10,000. */
  deadlineMs?: number
  /** After decompression. Default 2,000,000. */
  maxBytes?: number
  /** Takes XML as well, for sitemaps, also packed. */
  acceptsXml?: boolean
  /** Said at the end of the User-Agent by whoever reads a site again and again. */
  name?: string | undefined
}

/** What tests put in place of the open internet; no setting reaches it. */
export interface SafeFetchSeams extends GuardDeps {
  ports: ReadonlySet<number>
}

export type SafeFetch = (address: string, signal?: AbortSignal) => Promise<FetchResult>

const MAX_REDIRECTS = 3
const OPEN_INTERNET: SafeFetchSeams = { resolve: resolveHost, isAllowed: isPublicAddress, ports: new Set([80, 443]) }
// Many sites, WeChat's articles among them, answer nothing else.
const HEADERS = {
  'user-agent':
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  accept: 'text/html,application/xhtml+xml,application/pdf;q=0.9,text/plain;q=0.8,*/*;q=0.5',
  'accept-language': 'zh-CN,zh;q=0.9,en;q=0.5',
}
const TEXT_TYPES = /^(text\/(html|plain|markdown|csv|x-markdown)|application\/(xhtml\+xml|json))$/
const XML_TYPES = /^(text|application)\/xml$/
const PACKED_TYPES = /^application\/(x-)?gzip$/
/** A server that doesn't know says octet-stream; what it is, its content tells. */
const BINARY_TYPES =
  /^application\/(pdf|msword|octet-stream|x-download|force-download|zip|vnd\.ms-(excel|powerpoint)|vnd\.openxmlformats-officedocument\..+)$/

/** Rejects only with the reason of `signal`; everything else is a result. */
export function createSafeFetch(options: SafeFetchOptions, seams: SafeFetchSeams = OPEN_INTERNET): SafeFetch {
  const { proxyUrl, deadlineMs = 10_000, maxBytes = 2_000_000, acceptsXml = false, name } = options
  const rules: AddressRules = {
    refusedHosts: new Set([...options.refusedHosts].map((host) => host.toLowerCase())),
    ports: seams.ports,
  }

  const headers = { ...HEADERS, ...(name !== undefined && { 'user-agent': `${HEADERS['user-agent']} ${name}` }) }

  const follow = async (address: string, agent: Agent, signal: AbortSignal): Promise<FetchResult> => {
    let next: string | URL = address
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const url = checkWebAddress(next, rules)
      if (url === undefined) return failed('forbidden')
      // A fragment is the reader's own business.
      url.hash = ''
      const response = await undiciFetch(url.href, { dispatcher: agent, redirect: 'manual', headers, signal })
      const location = toUtf8(response.headers.get('location'))
      if (response.status < 300 || response.status > 399 || location === null) {
        return await take(response, url, maxBytes, acceptsXml)
      }
      await response.body?.cancel()
      if (!URL.canParse(location, url.href)) return failed('forbidden')
      next = new URL(location, url)
    }
    return failed('redirects')
  }

  return async (address, signal) => {
    signal?.throwIfAborted()
    const deadline = AbortSignal.timeout(deadlineMs)
    const ended = signal === undefined ? deadline : AbortSignal.any([signal, deadline])
    const agent = new Agent({
      connect: createGuardedConnect(seams, { proxyUrl, timeoutMs: deadlineMs }),
      allowH2: false,
      connections: 1,
      maxHeaderSize: 32_768,
      headersTimeout: deadlineMs,
      bodyTimeout: deadlineMs,
    })
    try {
      return await Promise.race([follow(address, agent, ended), rejectOn(ended)])
    } catch (error) {
      signal?.throwIfAborted()
      return deadline.aborted ? failed('timeout') : failed(toReason(error))
    } finally {
      await agent.destroy()
    }
  }
}

async function take(response: Response, url: URL, maxBytes: number, acceptsXml: boolean): Promise<FetchResult> {
  const contentType = response.headers.get('content-type') ?? ''
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? ''
  const isText = type === '' || TEXT_TYPES.test(type) || (acceptsXml && XML_TYPES.test(type))
  if (!response.ok) return failed('status', response.status)
  const isPacked = acceptsXml && PACKED_TYPES.test(type)
  if (!isText && !isPacked && !BINARY_TYPES.test(type)) return failed('type')

  const chunks: Uint8Array[] = []
  let size = 0
  // Leaving the loop cancels the body. What is counted is decompressed, so a bomb ends here too.
  for await (const chunk of response.body ?? []) {
    const piece = chunk as Uint8Array
    chunks.push(piece.subarray(0, maxBytes - size))
    size += piece.length
    if (size > maxBytes) break
  }
  const isTruncated = size > maxBytes
  // Half of a text is worth reading, half of a file can't be read.
  if (isTruncated && !isText) return failed('too-large')
  return {
    outcome: 'fetched',
    url: url.href,
    contentType,
    name: toName(url),
    bytes: Buffer.concat(chunks),
    isTruncated,
  }
}

/** Headers come byte by byte; servers that write more than ASCII into one mean UTF-8. */
function toUtf8(header: string | null): string | null {
  return header === null ? null : Buffer.from(header, 'latin1').toString('utf8')
}

/** The last part of the path, for its ending. */
function toName(url: URL): string {
  const last = url.pathname.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(last)
  } catch {
    return last
  }
}

function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_done, fail) => {
    const abort = () => fail(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}

/** What undici wraps, unwrapped. */
function toReason(error: unknown): 'forbidden' | 'unresolved' | 'unreachable' | 'timeout' {
  const cause = error instanceof Error && !isAppError(error) && error.cause !== undefined ? error.cause : error
  if (isAppError(cause, 'fetch.forbidden')) return 'forbidden'
  if (isAppError(cause, 'fetch.unresolved')) return 'unresolved'
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return /TIMEOUT|ETIMEDOUT/.test(code) ? 'timeout' : 'unreachable'
}
