/**
 * The vendors of search, for tests: SiliconFlow's `/embeddings` and `/rerank`, and Ark's `/embeddings/multimodal`, with their refusals.
 * A vector counts hashed characters and pairs of them, so texts that share words are near; it knows nothing of meaning.
 * Sources: docs.siliconflow.cn (create-embeddings, create-rerank); volcengine.com/docs/82379/1523520
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'

export type RetrievalBehaviour =
  | { kind: 'status'; status: number; retryAfterS?: number }
  /** A gateway's page instead of JSON. */
  | { kind: 'html'; status: number }
  /** The connection ends amid the answer. */
  | { kind: 'cut' }
  /** Nothing until the caller gives up. */
  | { kind: 'silence' }
  /** Exactly this, with status 200. */
  | { kind: 'body'; body: unknown }

export interface RetrievalRequest {
  path: string
  body: Readonly<Record<string, unknown>>
}

export interface StandInRetrieval {
  /** For EMBEDDING_BASE_URL and RERANK_BASE_URL. */
  readonly baseUrl: string
  readonly requests: readonly RetrievalRequest[]
  /** Connections that the caller closed before an answer. */
  readonly abandoned: () => number
  behave(behaviour: RetrievalBehaviour | undefined, times?: number): void
  close(): Promise<void>
}

const MAX_BATCH = 32
const DIMENSIONS = 256

const text = z.string().min(1)
const embeddingsBody = z.object({
  model: z.string(),
  input: z.union([text, z.array(text).min(1)]),
  encoding_format: z.enum(['float', 'base64']).default('float'),
})
const multimodalBody = z.object({
  model: z.string(),
  input: z.array(z.object({ type: z.literal('text'), text })).min(1),
  dimensions: z.union([z.literal(1024), z.literal(2048)]).default(2048),
})
const rerankBody = z.object({
  model: z.string(),
  query: text,
  documents: z.array(z.string()).min(1),
  top_n: z.number().int().min(1).optional(),
})

const ENDPOINTS: Readonly<Record<string, (body: unknown) => Answer>> = {
  '/embeddings': embed,
  '/embeddings/multimodal': embedMultimodal,
  '/rerank': rerank,
}

export async function startStandInRetrieval(options: { apiKey?: string } = {}): Promise<StandInRetrieval> {
  const requests: RetrievalRequest[] = []
  let behaviour: RetrievalBehaviour | undefined
  let times = 0
  let abandoned = 0

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    response.once('close', () => {
      if (!response.writableFinished) abandoned += 1
    })
    const path = (request.url ?? '').replace(/^\/v1/, '')
    const body = z.record(z.string(), z.unknown()).safeParse(await readJson(request))
    const key = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    requests.push({ path, body: body.data ?? {} })
    if (behaviour !== undefined && times > 0) {
      times -= 1
      misbehave(response, behaviour)
      return
    }
    // A bare JSON string, as the vendor answers.
    if (key === undefined || (options.apiKey !== undefined && key !== options.apiKey)) {
      send(response, { status: 401, body: 'Invalid token' })
    } else if (!body.success) send(response, refusal(400, 'the body is not valid JSON'))
    else send(response, ENDPOINTS[path]?.(body.data) ?? { status: 404, body: '404 page not found' })
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    abandoned: () => abandoned,
    behave(next, count = Number.POSITIVE_INFINITY) {
      behaviour = next
      times = count
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

interface Answer {
  status: number
  body: unknown
}

const invalid: Answer = refusal(400, 'The parameter is invalid. Please check again.')

function embed(body: unknown): Answer {
  const parsed = embeddingsBody.safeParse(body)
  if (!parsed.success) return invalid
  const input = [parsed.data.input].flat()
  if (input.length > MAX_BATCH) return refusal(413, 'input batch size > 32')
  const data = input.map((value, index) => ({ object: 'embedding', index, embedding: toHashVector(value, DIMENSIONS) }))
  // Their order is not promised.
  return {
    status: 200,
    body: { object: 'list', model: parsed.data.model, data: data.reverse(), usage: { total_tokens: 1 } },
  }
}

function embedMultimodal(body: unknown): Answer {
  const parsed = multimodalBody.safeParse(body)
  if (!parsed.success) {
    const error = { code: 'InvalidParameter', message: 'a parameter is not valid', type: 'BadRequest' }
    return { status: 400, body: { error } }
  }
  const whole = parsed.data.input.map((part) => part.text).join('\n')
  const embedding = toHashVector(whole, parsed.data.dimensions)
  return { status: 200, body: { object: 'list', data: { object: 'embedding', embedding } } }
}

function rerank(body: unknown): Answer {
  const parsed = rerankBody.safeParse(body)
  if (!parsed.success) return invalid
  const { query, documents, top_n = documents.length } = parsed.data
  const asked = toHashVector(query, DIMENSIONS)
  const results = documents
    .map((document, index) => ({ index, relevance_score: dot(asked, toHashVector(document, DIMENSIONS)) }))
    .sort((a, b) => b.relevance_score - a.relevance_score)
  return { status: 200, body: { id: 'stand-in', results: results.slice(0, top_n), meta: null } }
}

function refusal(status: number, message: string): Answer {
  return { status, body: { code: 20012, message, data: null } }
}

function misbehave(response: ServerResponse, behaviour: RetrievalBehaviour): void {
  switch (behaviour.kind) {
    case 'silence':
      break
    case 'body':
      send(response, { status: 200, body: behaviour.body })
      break
    case 'cut':
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"data":[')
      setImmediate(() => response.destroy())
      break
    case 'html':
      response.writeHead(behaviour.status, { 'content-type': 'text/html' }).end('<html>Bad Gateway</html>')
      break
    case 'status':
      if (behaviour.retryAfterS !== undefined) response.setHeader('retry-after', String(behaviour.retryAfterS))
      send(response, refusal(behaviour.status, 'as told'))
  }
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function toHashVector(value: string, dimensions: number): number[] {
  const vector = new Array<number>(dimensions).fill(0)
  const signs = [...value.normalize('NFKC').toLowerCase()].filter((sign) => /[\p{L}\p{N}]/u.test(sign))
  const tokens = [...signs, ...signs.slice(1).map((sign, index) => `${signs[index]}${sign}`)]
  for (const token of tokens) {
    const at = createHash('md5').update(token).digest().readUInt32LE(0) % dimensions
    vector[at] = (vector[at] ?? 0) + 1
  }
  const length = Math.hypot(...vector) || 1
  return vector.map((part) => part / length)
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, part, index) => sum + part * (b[index] ?? 0), 0)
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as unknown
  } catch {
    return undefined
  }
}
