/**
 * A chat app of Dify for tests: `POST /v1/chat-messages` as a stream, its conversations, its stop call and its refusals.
 * Source: https://docs.dify.ai/api-reference/chat/send-chat-message, and the project's source for the events
 */
import { randomUUID } from 'node:crypto'
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

export interface DifyConversation {
  readonly id: string
  readonly user: string
  /** What it was asked, oldest first; what it answered is not needed. */
  readonly queries: string[]
}

/** How an app of Dify may speak. */
export type DifySpeech = 'plain' | 'agent' | 'moderated' | 'thinking' | 'paused'

export interface StandInDify {
  /** For DIFY_BASE_URL. */
  readonly baseUrl: string
  readonly conversations: ReadonlyMap<string, DifyConversation>
  /** Bodies of the accepted questions. */
  readonly requests: readonly Readonly<Record<string, unknown>>[]
  /** Tasks that were stopped. */
  readonly stopped: readonly string[]
  speech: DifySpeech
  behave(behaviour: VendorBehaviour | undefined, times?: number): void
  /** As after a purge of the app's logs. */
  loseConversations(): void
  abandoned(): number
  close(): Promise<void>
}

const uuid = z.union([z.literal(''), z.uuid()])
const bodyShape = z.object({
  inputs: z.record(z.string(), z.unknown()),
  query: z.string().min(1),
  user: z.string().min(1),
  response_mode: z.enum(['blocking', 'streaming']),
  conversation_id: uuid.default(''),
  auto_generate_name: z.boolean().optional(),
})

/** The rows of the documents. */
const REFUSALS: Readonly<Record<string, { status: number; code: string; message: string }>> = {
  invalid_param: { status: 400, code: 'invalid_param', message: 'query is required' },
  app_unavailable: {
    status: 400,
    code: 'app_unavailable',
    message: 'App unavailable, please check your app configurations.',
  },
  not_chat_app: {
    status: 400,
    code: 'not_chat_app',
    message: 'Please check if your app mode matches the right API route.',
  },
  conversation_completed: {
    status: 400,
    code: 'conversation_completed',
    message: 'The conversation has ended. Please start a new conversation.',
  },
  provider_not_initialize: {
    status: 400,
    code: 'provider_not_initialize',
    message: 'No valid model provider credentials found.',
  },
  provider_quota_exceeded: {
    status: 400,
    code: 'provider_quota_exceeded',
    message: 'Your quota for Dify Hosted OpenAI has been exhausted.',
  },
  model_currently_not_support: {
    status: 400,
    code: 'model_currently_not_support',
    message: 'The model is not supported.',
  },
  completion_request_error: { status: 400, code: 'completion_request_error', message: 'Completion request failed.' },
  sensitive: { status: 400, code: 'completion_request_error', message: '[deepseek] Error: Content Exists Risk' },
  unauthorized: { status: 401, code: 'unauthorized', message: 'Access token is invalid' },
  not_found: { status: 404, code: 'not_found', message: 'Conversation Not Exists.' },
  too_large: { status: 413, code: 'file_too_large', message: 'File size exceeded.' },
  unsupported: { status: 415, code: 'unsupported_file_type', message: 'File type not allowed.' },
  too_many: { status: 429, code: 'too_many_requests', message: 'Too many requests. Please try again later.' },
  internal: { status: 500, code: 'internal_server_error', message: 'Internal server error, please contact support.' },
}

export async function startStandInDify(
  options: { apiKey?: string; reply?: (query: string, conversation: DifyConversation) => string } = {},
): Promise<StandInDify> {
  const { apiKey, reply = (query) => `答：${query}` } = options
  const conversations = new Map<string, DifyConversation>()
  const requests: Readonly<Record<string, unknown>>[] = []
  const stopped: string[] = []
  const behaviours = createBehaviours()

  const refuse = (response: ServerResponse, name: string) => {
    const refusal = REFUSALS[name]
    if (refusal !== undefined) sendJson(response, refusal.status, refusal)
  }

  const server = await startStandInServer((request, response) => {
    const key = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    if (key === undefined || (apiKey !== undefined && key !== apiKey)) return refuse(response, 'unauthorized')
    const [, task] = /^\/v1\/chat-messages\/([^/]+)\/stop$/.exec(request.path) ?? []
    if (task !== undefined) {
      stopped.push(decodeURIComponent(task))
      return sendJson(response, 200, { result: 'success' })
    }
    if (request.path !== '/v1/chat-messages') return sendPage(response, 404)
    const parsed = bodyShape.safeParse(request.body)
    if (!parsed.success) return refuse(response, 'invalid_param')
    const { query, user, conversation_id: id } = parsed.data
    requests.push(request.body as Record<string, unknown>)
    const how = behaviours.next()
    if (how?.kind === 'silence') return
    if (how?.kind === 'refusal') return refuse(response, how.name)
    if (how?.kind === 'html') return sendPage(response, how.status)
    if (how?.kind === 'status') {
      const headers: Record<string, string> =
        how.retryAfterS === undefined ? {} : { 'retry-after': String(how.retryAfterS) }
      return sendJson(response, how.status, { code: 'as_told', message: 'as told', status: how.status }, headers)
    }
    const known = conversations.get(id)
    // A conversation belongs to its user.
    if (id !== '' && known?.user !== user) return refuse(response, 'not_found')
    const conversation = known ?? { id: randomUUID(), user, queries: [] }
    conversations.set(conversation.id, conversation)
    conversation.queries.push(query)
    answer(response, conversation, reply(query, conversation), stand.speech, how)
  })

  const stand: StandInDify = {
    baseUrl: `${server.origin}/v1`,
    conversations,
    requests,
    stopped,
    speech: 'plain',
    behave: behaviours.behave,
    loseConversations: () => conversations.clear(),
    abandoned: server.abandoned,
    close: server.close,
  }
  return stand
}

function answer(
  response: ServerResponse,
  conversation: DifyConversation,
  text: string,
  speech: DifySpeech,
  how: VendorBehaviour | undefined,
) {
  const base = { conversation_id: conversation.id, message_id: randomUUID(), task_id: randomUUID(), created_at: 1 }
  const toEvent = (event: string, more: object = {}) => `data: ${JSON.stringify({ event, ...base, ...more })}\n\n`
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  // Some versions send it so, others as data.
  response.write(`event: ping\n\n${toEvent('ping')}`)
  response.write(toEvent('workflow_started', { data: { id: 'run' } }))
  if (how?.kind === 'keep-alive') return writeForEver(response, 'event: ping\n\n', 50)
  if (how?.kind === 'drip') return writeForEver(response, toEvent('message', { answer: '慢' }), how.everyMs)
  if (how?.kind === 'stream-refusal') {
    response.end(toEvent('message', { answer: '半句' }) + toEvent('error', REFUSALS[how.name]))
    return
  }
  const half = Math.ceil(text.length / 2)
  const pieces = how?.kind === 'blank' ? ['', ' '] : [text.slice(0, half), text.slice(half)]
  response.write(toEvent('node_started', { data: { node_id: 'llm', title: '内部步骤' } }))
  response.write(toEvent('agent_thought', { thought: '内部想法：不要告诉客户' }))
  response.write(toEvent(speech === 'agent' ? 'agent_message' : 'message', { answer: pieces[0] }))
  if (how?.kind === 'cut') return cutConnection(response)
  if (how?.kind === 'short') {
    response.end()
    return
  }
  response.write(toEvent(speech === 'agent' ? 'agent_message' : 'message', { answer: pieces[1] }))
  if (speech === 'moderated') response.write(toEvent('message_replace', { answer: '抱歉，这个问题不便回答。' }))
  if (speech === 'thinking') {
    response.write(toEvent('message', { answer: '<think>内部想法</think>' }))
    response.write(
      toEvent('message', {
        answer: '<details style="color:gray" open> <summary> Thinking... </summary>内部想法</details>',
      }),
    )
  }
  if (speech === 'paused') {
    response.end(toEvent('workflow_paused', { data: { paused_nodes: ['person'] } }))
    return
  }
  const usage = { prompt_tokens: 10, completion_tokens: text.length, total_tokens: 10 + text.length, latency: 0.1 }
  response.write(toEvent('message_end', { metadata: { usage, retriever_resources: [] } }))
  response.end(toEvent('workflow_finished', { data: { status: 'succeeded' } }))
}
