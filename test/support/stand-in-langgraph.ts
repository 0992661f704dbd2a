/**
 * A LangGraph server with one agent, for tests: threads that remember, runs as streams of states, cancel with rollback, and its refusals. A
 * message with an id that the thread has takes its place, as LangGraph's own reducer does it.
 * Source: https://docs.langchain.com/langsmith/agent-server-api
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

export interface GraphMessage {
  type: 'human' | 'ai' | 'tool'
  id: string
  content: unknown
  tool_calls?: unknown[]
  usage_metadata?: object
  response_metadata?: object
}

/**
 * How the agent speaks: `tools` thinks aloud and uses a tool before its last word; `interrupted` stops for a person, `interrupted-late` after an
 * answer, told by `updates` alone; `blocks` answers in blocks of content; `stuck` ends with a tool's result; `other` keeps no messages.
 */
export type GraphSpeech = 'plain' | 'tools' | 'blocks' | 'interrupted' | 'interrupted-late' | 'stuck' | 'other'

export interface StandInLanggraph {
  /** For LANGGRAPH_BASE_URL. */
  readonly baseUrl: string
  readonly threads: ReadonlyMap<string, GraphMessage[]>
  /** Bodies of the runs that were begun. */
  readonly runs: readonly Readonly<Record<string, unknown>>[]
  /** How each run was cancelled. */
  readonly cancelled: readonly string[]
  speech: GraphSpeech
  /** Which of LangGraph's servers it is like, where they differ. */
  flavour: 'python' | 'javascript'
  behave(behaviour: VendorBehaviour | undefined, times?: number): void
  loseThreads(): void
  abandoned(): number
  close(): Promise<void>
}

const GRAPH = 'agent'
const runShape = z.looseObject({
  assistant_id: z.string(),
  input: z.object({
    messages: z.array(z.object({ type: z.literal('human'), id: z.uuid(), content: z.string() })).min(1),
  }),
  stream_mode: z.array(z.enum(['values', 'updates', 'messages-tuple'])),
  multitask_strategy: z.enum(['reject', 'interrupt', 'rollback', 'enqueue']).optional(),
  on_disconnect: z.enum(['cancel', 'continue']).optional(),
})

const REFUSALS: Readonly<Record<string, { status: number; detail: string }>> = {
  unauthorized: { status: 401, detail: 'Missing authentication headers' },
  forbidden: { status: 403, detail: 'Invalid token' },
  thread: { status: 404, detail: 'Thread or assistant not found.' },
  busy: {
    status: 409,
    detail: 'Thread is already running a task. Wait for it to finish or choose a different multitask strategy.',
  },
  assistant: {
    status: 422,
    detail:
      "Invalid assistant: 'x'. Must be either:\n- A valid assistant UUID, or\n- One of the registered graphs: agent",
  },
  unreachable: { status: 500, detail: 'Unreachable state when creating run' },
  running: {
    status: 422,
    detail: 'Thread is already running a task. Wait for it to finish or choose a different multitask strategy.',
  },
  internal: { status: 500, detail: 'Internal Server Error' },
}

export async function startStandInLanggraph(
  options: { apiKey?: string; reply?: (told: string, thread: readonly GraphMessage[]) => string } = {},
): Promise<StandInLanggraph> {
  const { apiKey, reply = (told) => `答：${told}` } = options
  const threads = new Map<string, GraphMessage[]>()
  const runs: Readonly<Record<string, unknown>>[] = []
  const cancelled: string[] = []
  /** What a thread was before a run, to go back to. */
  const before = new Map<string, { threadId: string; messages: GraphMessage[] }>()
  const behaviours = createBehaviours()

  const refuse = (response: ServerResponse, name: string) => {
    const refusal = REFUSALS[name]
    if (refusal !== undefined) sendJson(response, refusal.status, { detail: refusal.detail })
  }

  const server = await startStandInServer((request, response) => {
    if (apiKey !== undefined && request.headers['x-api-key'] !== apiKey) {
      return refuse(response, request.headers['x-api-key'] === undefined ? 'unauthorized' : 'forbidden')
    }
    const [path = '', query] = request.path.split('?')
    if (path === '/threads') {
      const id = randomUUID()
      threads.set(id, [])
      return sendJson(response, 200, { thread_id: id, created_at: 'now', metadata: {}, status: 'idle' })
    }
    const [, wanted] = (request.method === 'GET' && /^\/threads\/([^/]+)$/.exec(path)) || []
    if (wanted !== undefined) {
      if (!threads.has(wanted)) return sendJson(response, 404, { detail: `Thread with ID ${wanted} not found` })
      return sendJson(response, 200, { thread_id: wanted, status: 'idle' })
    }
    const [, cancelledRun] = /^\/threads\/[^/]+\/runs\/([^/]+)\/cancel$/.exec(path) ?? []
    if (cancelledRun !== undefined) {
      const action = new URLSearchParams(query).get('action') ?? 'interrupt'
      const snapshot = before.get(cancelledRun)
      if (snapshot === undefined) return sendJson(response, 404, { detail: 'Run not found' })
      if (action === 'rollback') threads.set(snapshot.threadId, snapshot.messages)
      cancelled.push(action)
      return response.writeHead(204).end()
    }
    const [, threadId] = /^\/threads\/([^/]+)\/runs\/stream$/.exec(path) ?? []
    if (threadId === undefined) return sendPage(response, 404)
    const parsed = runShape.safeParse(request.body)
    if (!parsed.success) return sendJson(response, 422, { detail: 'the body is not valid' })
    if (parsed.data.assistant_id !== GRAPH) return refuse(response, 'assistant')
    const thread = threads.get(threadId)
    if (thread === undefined) return refuse(response, stand.flavour === 'python' ? 'thread' : 'unreachable')
    runs.push(parsed.data)
    const how = behaviours.next()
    if (how?.kind === 'silence') return
    if (how?.kind === 'refusal') return refuse(response, how.name)
    if (how?.kind === 'html') return sendPage(response, how.status)
    if (how?.kind === 'status') {
      const headers: Record<string, string> =
        how.retryAfterS === undefined ? {} : { 'retry-after': String(how.retryAfterS) }
      return sendJson(response, how.status, { detail: 'as told' }, headers)
    }
    const runId = randomUUID()
    before.set(runId, { threadId, messages: [...thread] })
    for (const message of parsed.data.input.messages) addMessage(thread, message)
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'content-location': `/threads/${threadId}/runs/${runId}`,
      location: `/threads/${threadId}/runs/${runId}/stream`,
    })
    const told = parsed.data.input.messages.at(-1)?.content ?? ''
    answer(response, runId, thread, reply(told, thread), stand.speech, how)
  })

  const stand: StandInLanggraph = {
    baseUrl: server.origin,
    threads,
    runs,
    cancelled,
    speech: 'plain',
    flavour: 'python',
    behave: behaviours.behave,
    loseThreads: () => threads.clear(),
    abandoned: server.abandoned,
    close: server.close,
  }
  return stand
}

function answer(
  response: ServerResponse,
  runId: string,
  thread: GraphMessage[],
  text: string,
  speech: GraphSpeech,
  how: VendorBehaviour | undefined,
) {
  let events = 0
  const toEvent = (event: string, data: unknown) => {
    events += 1
    return `id: ${events}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
  }
  const tell = (more: object = {}) =>
    response.write(toEvent('values', { ...(speech === 'other' ? { output: text } : { messages: thread }), ...more }))
  const say = (content: unknown, more: Partial<GraphMessage> = {}) => {
    const message: GraphMessage = { type: 'ai', id: randomUUID(), content, ...more }
    addMessage(thread, message)
    response.write(toEvent('updates', { node: { messages: [message] } }))
    tell()
  }
  response.write(`: heartbeat\n\n${toEvent('metadata', { run_id: runId, attempt: 1 })}`)
  tell()
  switch (how?.kind) {
    case 'keep-alive':
      return writeForEver(response, ': heartbeat\n\n', 50)
    case 'drip':
      return writeForEver(response, toEvent('updates', { node: { step: '慢' } }), how.everyMs)
    case 'stream-refusal':
      // Its connection may stay open for a while.
      return response.write(toEvent('error', { error: 'APIStatusError', message: '402 Insufficient Balance' }))
    case 'cut':
      say('', { tool_calls: [{ name: 'search', args: {}, id: 'c1' }] })
      return cutConnection(response)
    case 'short':
      say('', { tool_calls: [{ name: 'search', args: {}, id: 'c1' }] })
      return response.end()
    case 'blank':
      say(' ')
      return response.end()
  }
  if (speech === 'tools' || speech === 'stuck') {
    say('内部计划：先查订单', { tool_calls: [{ name: 'orders', args: {}, id: 'c1' }] })
    say('内部结果：库存 3 件', { type: 'tool' })
  }
  if (speech === 'stuck') return response.end()
  if (speech === 'interrupted') {
    response.write(toEvent('updates', { __interrupt__: [{ value: '需要人工确认', id: 'i1' }] }))
    tell({ __interrupt__: [{ value: '需要人工确认', id: 'i1' }] })
    return response.end()
  }
  const usage = { input_tokens: 20, output_tokens: 7, total_tokens: 27, input_token_details: { cache_read: 16 } }
  const blocks = [
    { type: 'reasoning', reasoning: '内部想法' },
    { type: 'text', text },
  ]
  say(speech === 'blocks' ? blocks : `<think>内部想法</think>${text}`, {
    tool_calls: [],
    usage_metadata: usage,
    response_metadata: { model_name: 'agent-model' },
  })
  if (speech === 'interrupted-late') response.write(toEvent('updates', { __interrupt__: [{ value: '?', id: 'i2' }] }))
  response.end()
}

function addMessage(thread: GraphMessage[], message: GraphMessage): void {
  const at = thread.findIndex(({ id }) => id === message.id)
  if (at === -1) thread.push(message)
  else thread[at] = message
}
