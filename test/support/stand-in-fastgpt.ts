/**
 * An app of FastGPT for tests: `POST /api/v1/chat/completions` with `detail` off, its chats, and its refusals, nearly all of which come with
 * HTTP 500. Source: https://doc.fastgpt.io/docs/openapi/chat, and the project's source for the errors
 */
import type { ServerResponse } from 'node:http'
import { z } from 'zod'
import {
  createBehaviours,
  cutConnection,
  sendJson,
  sendPage,
  startStandInServer,
  type VendorBehaviour,
  writeForEver,
} from './stand-in-server.ts'

export interface StandInFastgpt {
  /** For FASTGPT_BASE_URL. */
  readonly baseUrl: string
  /** What each chat was told, oldest first. */
  readonly chats: ReadonlyMap<string, string[]>
  readonly requests: readonly Readonly<Record<string, unknown>>[]
  behave(behaviour: VendorBehaviour | undefined, times?: number): void
  abandoned(): number
  close(): Promise<void>
}

const bodyShape = z.looseObject({
  chatId: z.string().min(1).max(100).optional(),
  stream: z.boolean().default(false),
  detail: z.boolean().default(false),
  variables: z.record(z.string(), z.unknown()).optional(),
  messages: z.array(z.looseObject({ role: z.string(), content: z.string() })).min(1),
})

const REFUSALS: Readonly<Record<string, { code: number; statusText: string; message: string; data: null }>> = {
  unAuthorization: { code: 403, statusText: 'unAuthorization', message: '凭证错误', data: null },
  insufficientQuota: { code: 510, statusText: 'insufficientQuota', message: '账号余额不足', data: null },
  unAuthModel: { code: 511, statusText: 'unAuthModel', message: '无权操作该模型', data: null },
  unAuthApiKey: { code: 514, statusText: 'unAuthApiKey', message: 'Api Key 不合法', data: null },
  aiPointsNotEnough: { code: 500_002, statusText: 'aiPointsNotEnough', message: 'AI积分已用完~', data: null },
  appUnExist: { code: 502_000, statusText: 'appUnExist', message: 'app 不存在', data: null },
  openapi: { code: 514_001, statusText: 'openapiExceedLimit', message: 'key 超出限额', data: null },
  params: { code: 400, statusText: 'error', message: 'messages is required', data: null },
  sensitive: { code: 500, statusText: 'error', message: '400 Content Exists Risk', data: null },
  model: { code: 500, statusText: 'error', message: 'fetch failed', data: null },
}

export async function startStandInFastgpt(
  options: { apiKey?: string; reply?: (told: string) => string } = {},
): Promise<StandInFastgpt> {
  const { apiKey, reply = (told) => `答：${told}` } = options
  const chats = new Map<string, string[]>()
  const requests: Readonly<Record<string, unknown>>[] = []
  const behaviours = createBehaviours()

  const server = await startStandInServer((request, response) => {
    if (request.path !== '/api/v1/chat/completions') return sendPage(response, 404)
    const key = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    if (key === undefined || (apiKey !== undefined && key !== apiKey))
      return sendJson(response, 500, REFUSALS.unAuthApiKey)
    const parsed = bodyShape.safeParse(request.body)
    if (!parsed.success) return sendJson(response, 500, REFUSALS.params)
    const { chatId, stream, messages } = parsed.data
    requests.push(parsed.data)
    const how = behaviours.next()
    if (how?.kind === 'silence') return
    if (how?.kind === 'refusal') return sendJson(response, 500, REFUSALS[how.name])
    if (how?.kind === 'html') return sendPage(response, how.status)
    if (how?.kind === 'status') {
      const headers: Record<string, string> =
        how.retryAfterS === undefined ? {} : { 'retry-after': String(how.retryAfterS) }
      return sendJson(
        response,
        how.status,
        { code: how.status, statusText: 'error', message: 'as told', data: null },
        headers,
      )
    }
    // The last message alone counts where there is a chat.
    const told = messages.at(-1)?.content ?? ''
    if (chatId !== undefined) chats.set(chatId, [...(chats.get(chatId) ?? []), told])
    if (!stream) return sendJson(response, 500, REFUSALS.params)
    answer(response, reply(told), how)
  })

  return {
    baseUrl: `${server.origin}/api`,
    chats,
    requests,
    behave: behaviours.behave,
    abandoned: server.abandoned,
    close: server.close,
  }
}

function answer(response: ServerResponse, text: string, how: VendorBehaviour | undefined) {
  const toChunk = (content: string | null, finish_reason: string | null = null) => {
    const choices = [{ delta: { role: 'assistant', content }, index: 0, finish_reason }]
    return `data: ${JSON.stringify({ id: '', object: '', created: 0, model: '', choices })}\n\n`
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(toChunk(''))
  if (how?.kind === 'keep-alive') return writeForEver(response, ': keep-alive\n\n', 50)
  if (how?.kind === 'drip') return writeForEver(response, toChunk('慢'), how.everyMs)
  if (how?.kind === 'stream-refusal') {
    response.end(`${toChunk('半')}event: error\ndata: ${JSON.stringify(REFUSALS[how.name])}\n\n`)
    return
  }
  const half = Math.ceil(text.length / 2)
  const pieces = how?.kind === 'blank' ? ['', ' '] : [text.slice(0, half), text.slice(half)]
  response.write(toChunk(pieces[0] ?? ''))
  if (how?.kind === 'cut') return cutConnection(response)
  if (how?.kind === 'short') {
    response.end()
    return
  }
  response.write(toChunk(pieces[1] ?? ''))
  response.end(`${toChunk(null, 'stop')}data: [DONE]\n\n`)
}
