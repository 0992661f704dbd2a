/**
 * A model server of DeepSeek's shape for tests and for `npm run dev` without a key: `POST /chat/completions`, streaming with
 * keep-alive comments and plain with leading blank lines, and the vendor's refusals. It thinks nothing: it says that it is
 * a stand-in and repeats what was asked.
 * In the dialect of Volcano Ark it knows full dated ids and endpoints alone and refuses with Ark's codes; in OpenAI's it refuses what
 * OpenAI does not know.
 * Sources: api-docs.deepseek.com (chat completion, error codes); volcengine.com/docs/82379/1299023; platform.openai.com/docs/api-reference
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

const messageSchema = z.looseObject({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() })), z.null()]).optional(),
})

const bodySchema = z.looseObject({
  model: z.string(),
  messages: z.array(messageSchema),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  max_tokens: z.number().int().min(1).max(393_216).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  thinking: z.looseObject({ type: z.enum(['enabled', 'disabled']) }).nullish(),
  user_id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,512}$/)
    .nullish(),
})

export type ModelRequest = z.output<typeof bodySchema>

export type ModelBehaviour =
  /** The vendor's error with this status; `retryAfterS` as its header. */
  | { kind: 'status'; status: number; retryAfterS?: number; code?: string; message?: string }
  /** 200 with nothing in it. */
  | { kind: 'blank' }
  /** The connection ends amid the answer. */
  | { kind: 'cut' }
  /** Keep-alives until the caller gives up. */
  | { kind: 'keep-alive' }
  /** Nothing at all until the caller gives up. */
  | { kind: 'silence' }
  /** The answer, so much later. */
  | { kind: 'delay'; ms: number }
  /** An answer that was ended for this reason. */
  | { kind: 'finish'; reason: 'length' | 'content_filter' | 'insufficient_system_resource' }
  /** A gateway's page instead of JSON. */
  | { kind: 'html'; status: number }
  /** A piece of the answer so often, without an end. */
  | { kind: 'drip'; everyMs: number }
  /** Ark: the answer is there, and the filter says what it found in it. */
  | { kind: 'moderated' }

export type ModelDialect = 'deepseek' | 'ark' | 'openai'

export interface StandInModelOptions {
  port?: number
  /** Default `deepseek`. */
  dialect?: ModelDialect
  /** Any key is accepted unless given. */
  apiKey?: string
  models?: readonly string[]
  /** The text of the answer. */
  reply?: (body: ModelRequest) => string
  /** Of each answer, in ms. Default 0. */
  delayMs?: number
  /** Between two pieces of a streamed answer, in ms. Default 0. */
  pieceDelayMs?: number
  /** Asked at each request for which `behave` has said nothing. Default: never one. */
  mishap?: () => ModelBehaviour | undefined
}

export interface StandInModel {
  /** For DEEPSEEK_BASE_URL. */
  readonly baseUrl: string
  /** Accepted requests, oldest first, at most the last 10,000. */
  readonly requests: readonly ModelRequest[]
  /** Answers whose connection the caller has closed before their end. */
  abandoned(): number
  /** The next `times` requests go like this; without `times` all of them until told otherwise. undefined: as usual again. */
  behave(behaviour: ModelBehaviour | undefined, times?: number): void
  close(): Promise<void>
}

const MODELS: Readonly<Record<ModelDialect, readonly string[]>> = {
  deepseek: ['deepseek-flash', 'deepseek-v4-pro', 'deepseek-v4-flash'],
  ark: ['doubao-seed-2-1-lite-260915', 'doubao-seed-2-1-pro-260915', 'ep-20260915-abcde'],
  openai: ['gpt-stand-in'],
}
/** Takes text alone. */
const BLIND_MODEL = 'deepseek-v4-pro'
const OPENAI_FIELDS = new Set(['model', 'messages', 'stream', 'stream_options', 'max_tokens', 'temperature'])
const KEEP_ALIVE_MS = 200
const MAX_REQUESTS = 10_000
const MAX_BODY_BYTES = 4 * 1024 * 1024
const MAX_QUOTE = 300

export async function startStandInModel(options: StandInModelOptions = {}): Promise<StandInModel> {
  const {
    apiKey,
    dialect = 'deepseek',
    models = MODELS[dialect],
    reply = defaultReply,
    delayMs = 0,
    pieceDelayMs = 0,
    mishap,
  } = options
  const requests: ModelRequest[] = []
  let abandoned = 0
  let behaviour: ModelBehaviour | undefined
  let behavesTimes = Number.POSITIVE_INFINITY

  const nextBehaviour = () => {
    if (behaviour === undefined || behavesTimes <= 0) return mishap?.()
    behavesTimes -= 1
    return behaviour
  }

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    response.once('close', () => {
      if (!response.writableFinished) abandoned += 1
    })
    const path = (request.url ?? '').split('?')[0]
    if (path !== '/chat/completions' && path !== '/v1/chat/completions' && path !== '/api/v3/chat/completions')
      return sendError(response, 404, 'not found')
    if (request.method !== 'POST') return sendError(response, 405, 'method not allowed')
    const key = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    if (key === undefined || (apiKey !== undefined && key !== apiKey)) {
      return sendError(response, 401, 'Authentication Fails, Your api key is invalid')
    }
    const text = await readBody(request)
    if (text === undefined) return sendError(response, 413, 'request too large')
    const parsed = parseModelRequest(text, models, dialect)
    if (!parsed.ok) return sendError(response, parsed.status, parsed.problem, undefined, parsed.code)
    const { body } = parsed
    if (requests.length >= MAX_REQUESTS) requests.shift()
    requests.push(body)
    await answer(response, body, nextBehaviour())
  }

  const answer = async (response: ServerResponse, body: ModelRequest, how: ModelBehaviour | undefined) => {
    const waitMs = delayMs + (how?.kind === 'delay' ? how.ms : 0)
    if (how?.kind === 'silence') return
    if (how?.kind === 'status') {
      return sendError(response, how.status, how.message ?? 'as told', how.retryAfterS, how.code)
    }
    if (how?.kind === 'html') {
      response.writeHead(how.status, { 'content-type': 'text/html' }).end('<html><body>Bad Gateway</body></html>')
      return
    }
    const isStream = body.stream === true
    response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' })
    // The vendor keeps the connection awake like this before an answer begins.
    const keepAlive = isStream ? ': keep-alive\n\n' : '\n'
    response.write(keepAlive)
    if (how?.kind === 'keep-alive') return keepAwake(response, keepAlive)
    if (waitMs > 0) await sleep(waitMs)
    const content = how?.kind === 'blank' ? '' : reply(body)
    const reason = how?.kind === 'finish' ? how.reason : 'stop'
    const completion = describeCompletion(body, content)
    if (how?.kind === 'cut') {
      const half = content.slice(0, Math.ceil(content.length / 2))
      response.write(isStream ? toEvent(completion.chunk({ content: half }, null)) : '{"id":"')
      // Only what was flushed arrives before the connection ends.
      setImmediate(() => response.destroy())
      return
    }
    if (!isStream) {
      response.end(JSON.stringify(completion.whole(reason)))
      return
    }
    response.write(toEvent(completion.chunk({ role: 'assistant', content: '' }, null)))
    if (how?.kind === 'drip') {
      keepAwake(response, toEvent(completion.chunk({ content: '慢' }, null)), how.everyMs)
      return
    }
    if (how?.kind === 'moderated') {
      const chunk = completion.chunk({ content }, 'stop')
      const choices = chunk.choices.map((choice) => ({ ...choice, moderation_hit_type: 'severe_violation' }))
      response.end(toEvent({ ...chunk, choices }))
      return
    }
    for (const piece of toPieces(content)) {
      if (pieceDelayMs > 0) await sleep(pieceDelayMs)
      if (response.destroyed) return
      response.write(toEvent(completion.chunk({ content: piece }, null)))
    }
    const wantsUsage = body.stream_options?.include_usage === true
    response.write(
      toEvent({ ...completion.chunk({ content: '' }, reason), usage: wantsUsage ? completion.usage : null }),
    )
    response.end('data: [DONE]\n\n')
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    requests,
    abandoned: () => abandoned,
    behave: (next, times = Number.POSITIVE_INFINITY) => {
      behaviour = next
      behavesTimes = times
    },
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** What the customer asked: the user turns at the end, oldest first. */
export function askedTexts({ messages }: ModelRequest): string[] {
  const first = messages.findLastIndex(({ role }) => role !== 'user') + 1
  return messages.slice(first).map(({ content }) => {
    if (typeof content === 'string') return content
    return (content ?? []).map((part) => (typeof part.text === 'string' ? part.text : '[图片]')).join(' ')
  })
}

function defaultReply(body: ModelRequest): string {
  const asked = askedTexts(body).join('；').replaceAll(/\s+/g, ' ').trim()
  const quote = asked.length > MAX_QUOTE ? `${asked.slice(0, MAX_QUOTE)}…` : asked
  return `您好，我是替身模型（不是真的 AI），已收到您的消息：「${quote}」。`
}

type ParsedRequest = { ok: true; body: ModelRequest } | { ok: false; status: number; problem: string; code?: string }

function parseModelRequest(text: string, models: readonly string[], dialect: ModelDialect): ParsedRequest {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch {
    return { ok: false, status: 400, problem: 'the request body is not valid JSON' }
  }
  const parsed = bodySchema.safeParse(raw)
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join('.') ?? ''
    return { ok: false, status: 422, problem: `Failed to deserialize the JSON body into the target type: ${where}` }
  }
  const body = parsed.data
  if (!models.includes(body.model)) {
    if (dialect === 'deepseek') return { ok: false, status: 400, problem: 'Model Not Exist' }
    const code = dialect === 'ark' ? 'InvalidEndpointOrModel.NotFound' : 'model_not_found'
    return { ok: false, status: 404, problem: 'The model does not exist or you do not have access to it.', code }
  }
  const unknown = dialect === 'openai' ? Object.keys(body).find((name) => !OPENAI_FIELDS.has(name)) : undefined
  if (unknown !== undefined) return { ok: false, status: 400, problem: `Unrecognized request argument: ${unknown}` }
  const pictures = body.messages.flatMap(({ content }) => (Array.isArray(content) ? content : []))
  if (pictures.some(({ type }) => type === 'image_url') && body.model === BLIND_MODEL) {
    return { ok: false, status: 400, problem: 'this model takes no image' }
  }
  if (body.messages.length === 0) return { ok: false, status: 400, problem: 'Empty input messages' }
  if (body.messages.every(({ role }) => role === 'system'))
    return { ok: false, status: 400, problem: 'no user message' }
  return { ok: true, body }
}

function describeCompletion(body: ModelRequest, content: string) {
  const base = {
    id: crypto.randomUUID(),
    created: Math.floor(Date.now() / 1000),
    model: body.model,
    system_fingerprint: 'fp_stand_in',
  }
  // About as many tokens as characters are Chinese; nobody bills them.
  const promptTokens = body.messages.reduce(
    (sum, message) => sum + (typeof message.content === 'string' ? message.content.length : 1),
    0,
  )
  const cached = promptTokens - (promptTokens % 64)
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: content.length,
    total_tokens: promptTokens + content.length,
    prompt_tokens_details: { cached_tokens: cached },
    prompt_cache_hit_tokens: cached,
    prompt_cache_miss_tokens: promptTokens - cached,
  }
  return {
    usage,
    chunk: (delta: Record<string, string>, reason: string | null) => ({
      ...base,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }],
    }),
    whole: (reason: string) => ({
      ...base,
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content }, logprobs: null, finish_reason: reason }],
      usage,
    }),
  }
}

/** A few pieces, cut between code points. */
function toPieces(content: string): string[] {
  const characters = [...content]
  const size = Math.max(8, Math.ceil(characters.length / 6))
  const pieces: string[] = []
  for (let at = 0; at < characters.length; at += size) pieces.push(characters.slice(at, at + size).join(''))
  return pieces
}

function toEvent(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`
}

function keepAwake(response: ServerResponse, keepAlive: string, everyMs = KEEP_ALIVE_MS): void {
  const timer = setInterval(() => response.write(keepAlive), everyMs)
  response.once('close', () => clearInterval(timer))
}

const ERROR_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'unknown_error',
  429: 'rate_limit_reached_error',
  500: 'server_error',
  503: 'service_unavailable_error',
}

function sendError(
  response: ServerResponse,
  status: number,
  message: string,
  retryAfterS?: number,
  code = 'invalid_request_error',
): void {
  const type = ERROR_TYPES[status] ?? 'invalid_request_error'
  const headers = retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) }
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify({ error: { message, type, param: null, code } }))
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_BODY_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
