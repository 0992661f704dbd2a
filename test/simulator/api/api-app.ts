/**
 * The API under /cgi-bin: HTTP 200 with JSON whatever happens, refusals by errcode in the platform's order of checks, and
 * the faults that a rule asks for. Source: developer.work.weixin.qq.com/document/path/90664, path/90313
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import { describeErrorCode } from '../error-codes.ts'
import type { DrawnFault, FaultAction, FaultTable } from '../fault-table.ts'
import type { Platform } from '../platform.ts'
import { type Refusal, refuse, toRefusal } from '../refuse.ts'
import { ENDPOINTS, type EndpointRule } from './endpoints.ts'
import { downloadMedia, uploadMedia } from './media.ts'
import { uploadImage } from './upload-image.ts'

type ApiContext = Context<{ Bindings: HttpBindings }>

/** What a call names, as far as it could be read: for the record of a refusal. */
interface CallSubject {
  body: Readonly<Record<string, unknown>>
}

interface Endpoint {
  methods: readonly string[]
  respond: (c: ApiContext, subject: CallSubject, mishap: FaultAction | undefined) => Promise<Response>
}

/** `countCall` hears of every call, refused or not. */
export function createApiApp(platform: Platform, faults: FaultTable, countCall: (endpoint: string) => void) {
  const { accessTokens, book, limits, switches } = platform

  const json = ({ handler, methods = ['POST'], lackedBy }: EndpointRule): Endpoint => ({
    methods,
    respond: async (c, subject, mishap) => {
      accessTokens.check(c.req.query('access_token'))
      if (lackedBy === switches.mode && switches.lackingEndpointErrcode !== null) {
        refuse(switches.lackingEndpointErrcode, `this call is not documented in ${lackedBy} mode`)
      }
      subject.body = c.req.method === 'GET' ? {} : parseBody(await c.req.text(), platform)
      const endpoint = toEndpoint(c.req.path)
      return succeed(handler(platform, { endpoint, body: subject.body, query: (name) => c.req.query(name), mishap }))
    },
  })
  /** Neither takes JSON. */
  const file = (method: string, respond: (c: ApiContext) => Response | Promise<Response>): Endpoint => ({
    methods: [method],
    respond: async (c) => {
      accessTokens.check(c.req.query('access_token'))
      return respond(c)
    },
  })

  const endpoints: Readonly<Record<string, Endpoint>> = {
    ...Object.fromEntries(Object.entries(ENDPOINTS).map(([path, rule]) => [path, json(rule)])),
    gettoken: {
      methods: ['GET'],
      respond: async (c) => {
        const { token, expiresIn } = accessTokens.get(c.req.query('corpid'), c.req.query('corpsecret'))
        return succeed({ access_token: token, expires_in: expiresIn })
      },
    },
    'media/upload': file('POST', async (c) => succeed(await uploadMedia(platform, c))),
    'media/uploadimg': file('POST', async (c) => succeed(await uploadImage(platform, c))),
    'media/get': file('GET', (c) => downloadMedia(platform, c)),
  }

  const recordRefusal = (endpoint: string, { errcode, why }: Refusal, subject: CallSubject, injected: boolean) => {
    const { body } = subject
    const code = platform.corp.code(text(body.code))
    book.add({
      kind: 'refused',
      endpoint,
      errcode,
      meaning: describeErrorCode(errcode).meaning,
      why,
      openKfId: text(body.open_kfid) || (code?.conversation.openKfId ?? ''),
      externalUserId: text(body.touser) || text(body.external_userid) || (code?.conversation.externalUserId ?? ''),
      msgid: text(body.msgid),
      injected,
    })
  }

  const carryOut = async (c: ApiContext, endpoint: string, mishap: FaultAction | undefined) => {
    const subject: CallSubject = { body: {} }
    try {
      const known = endpoints[endpoint]
      if (known === undefined) return c.json({ errcode: -1, errmsg: 'unknown path' }, 404)
      limits.countCall(endpoint, c.req.query('debug') === '1')
      if (!known.methods.includes(c.req.method)) refuse(40058, `the method must be ${known.methods.join(' or ')}`)
      return await known.respond(c, subject, mishap)
    } catch (error) {
      const refusal = toRefusal(error)
      if (refusal === undefined) throw error
      recordRefusal(endpoint, refusal, subject, false)
      return toErrorResponse(refusal.errcode, c)
    }
  }

  /** Plays a fault that keeps the call from taking effect. Returns undefined when the call is to go on. */
  const playBefore = async (c: ApiContext, endpoint: string, action: FaultAction): Promise<Response | undefined> => {
    switch (action.kind) {
      case 'errcode': {
        const body = await c.req.json().catch(() => ({}))
        recordRefusal(endpoint, { errcode: action.errcode, why: 'a fault rule said so' }, { body }, true)
        return toErrorResponse(action.errcode, c)
      }
      case 'status':
        return new Response('upstream error', { status: action.status })
      case 'html':
        return new Response('<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>', {
          status: action.status,
          headers: { 'content-type': 'text/html' },
        })
      case 'cut-before':
        return cut(c)
      case 'silence':
        return action.takesEffect ? undefined : silence(c)
      default:
        return undefined
    }
  }

  const app = new Hono<{ Bindings: HttpBindings }>()
  app.use('*', async (c, next) => {
    await next()
    if (!switches.errorCodeHeader || c.res.headers.get('content-type')?.includes('json') !== true) return
    const { errcode } = (await c.res.clone().json()) as { errcode?: number }
    c.res.headers.set('error-code', String(errcode ?? 0))
  })
  app.all('*', async (c) => {
    const endpoint = toEndpoint(c.req.path)
    countCall(endpoint)
    const { delayMs, action }: DrawnFault = faults.draw(endpoint)
    if (delayMs > 0) await sleep(delayMs)
    if (action === undefined) return carryOut(c, endpoint, undefined)
    book.add({ kind: 'faulted', endpoint, action: action.kind })
    const instead = await playBefore(c, endpoint, action)
    if (instead !== undefined) return instead
    const response = await carryOut(c, endpoint, action)
    if (action.kind === 'cut-after') return cut(c)
    return action.kind === 'silence' ? silence(c) : response
  })
  return app
}

function toEndpoint(path: string): string {
  return path.replace(/^\/cgi-bin\//, '')
}

function succeed(fields: Readonly<Record<string, unknown>>): Response {
  return Response.json({ errcode: 0, errmsg: 'ok', ...fields })
}

let hints = 0

/** The platform's errmsg has a hint that its support asks for, the caller's address and a link. */
function toErrorResponse(errcode: number, c: ApiContext): Response {
  hints += 1
  const hint = `${Math.floor(Date.now() / 1000)}_${hints}_${hints.toString(16).padStart(32, '0')}`
  const ip = c.env.incoming.socket.remoteAddress ?? '127.0.0.1'
  const { errmsg } = describeErrorCode(errcode)
  const link = `https://open.work.weixin.qq.com/devtool/query?e=${errcode}`
  return Response.json({ errcode, errmsg: `${errmsg}, hint: [${hint}], from ip: ${ip}, more info at ${link}` })
}

function parseBody(text: string, { switches }: Platform): Record<string, unknown> {
  // An escaped backslash before a `u` is no escape, hence the even number of backslashes before it.
  if (switches.refuseUnicodeEscapes && /(?<!\\)(?:\\\\)*\\u[0-9a-fA-F]{4}/.test(text)) {
    refuse(40033, 'the body has \\u escapes; send real UTF-8')
  }
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    refuse(40058, 'Warning: wrong json format.')
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) refuse(40058, 'the body must be a JSON object')
  return body as Record<string, unknown>
}

function cut(c: ApiContext): Response {
  c.env.incoming.socket.destroy()
  return RESPONSE_ALREADY_SENT
}

async function silence(c: ApiContext): Promise<Response> {
  const { socket } = c.env.incoming
  if (!socket.destroyed) await new Promise<void>((resolve) => socket.once('close', () => resolve()))
  return RESPONSE_ALREADY_SENT
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
