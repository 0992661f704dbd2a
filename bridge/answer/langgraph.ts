/**
 * Answers by an agent built with LangChain and served by LangGraph's server. Each customer has a thread there, which remembers; it is
 * told the history once, and then only what is new. A thread that is lost is begun anew, once per question.
 *
 * Nothing is sent before the run has ended: until then nobody knows which node says the last word. A run that is interrupted waits for a person,
 * so the customer is handed over; and as the thread still waits, the next question begins another one. A run that we give up is
 * rolled back, so that the thread does not remember half of it.
 * Source: https://docs.langchain.com/langsmith/agent-server
 */
import { createHash, randomUUID } from 'node:crypto'
import type { Client } from '@langchain/langgraph-sdk'
import { isAppError } from '../../shared/app-error.ts'
import { startAnswerDeadline } from './answer-deadline.ts'
import type { Answerer, Question } from './answerer.ts'
import { createLanggraphFetch, NO_AGENT } from './langgraph-fetch.ts'
import { type GraphAnswer, isInterrupted, readGraphState } from './read-graph-state.ts'
import { answerAccount, answerRefused, answerUnavailable, toAnswerError } from './to-answer-error.ts'
import { toVendorText, type VendorText } from './to-vendor-text.ts'
import { toVendorName, type VendorConversation, type VendorConversations } from './vendor-conversations.ts'

export interface LanggraphVendor {
  baseUrl: string
  /** Undefined for a server that asks for none. */
  apiKey?: string | undefined
  /** An assistant's id, or the name of its graph. */
  assistantId: string
  conversations: VendorConversations
  /** For a whole answer. Default 60,000. */
  deadlineMs?: number
}

interface RunResult {
  answer: GraphAnswer | undefined
  isInterrupted: boolean
}

const NAME = 'langgraph'
const ROLLBACK_DEADLINE_MS = 3000
const REFUSED_RUN: ReadonlySet<number> = new Set([404, 422, 500])
/** Of a thread that was told nothing yet. */
const NOTHING = -1

export function createLanggraphAnswerer(vendor: LanggraphVendor): Answerer {
  const { baseUrl, assistantId, conversations, deadlineMs = 60_000 } = vendor
  const vendorName = toVendorName(NAME, baseUrl, assistantId)
  // Loaded at the first question: memory is dear on a small box.
  let loading: Promise<Client> | undefined
  const load = (): Promise<Client> => {
    loading ??= createClient(vendor)
    return loading
  }

  const run = async (
    client: Client,
    threadId: string,
    questionId: string,
    { text }: VendorText,
    { persona }: Question,
    signal: AbortSignal,
  ): Promise<RunResult> => {
    // The SDK leaves the connection open when its reader stops early.
    const left = new AbortController()
    let runId: string | undefined
    let state: unknown
    let interrupted = false
    let isOver = false
    try {
      const events = client.runs.stream(threadId, assistantId, {
        input: { messages: [{ type: 'human', id: questionId, content: text }] },
        ...(persona && { config: { configurable: { persona } } }),
        // `updates` tell of an interrupt on servers whose `values` do not.
        streamMode: ['values', 'updates'],
        multitaskStrategy: 'rollback',
        onDisconnect: 'cancel',
        signal: AbortSignal.any([signal, left.signal]),
        onRunCreated: ({ run_id }) => {
          runId = run_id
        },
      })
      for await (const { event, data } of events as AsyncIterable<{ event: string; data: unknown }>) {
        if (event === 'metadata') runId ??= readRunId(data)
        if (event === 'error') {
          isOver = true
          throw answerUnavailable(NAME, 'status', { event: 'error' })
        }
        interrupted ||= isInterrupted(data)
        if (event === 'values') state = data
      }
      signal.throwIfAborted()
      isOver = true
      return { answer: readGraphState(state, questionId), isInterrupted: interrupted }
    } finally {
      left.abort()
      if (!isOver && runId !== undefined) rollBack(client, threadId, runId)
    }
  }

  const begin = async (client: Client, key: string, signal: AbortSignal): Promise<VendorConversation> => {
    const created = await client.threads.create({ metadata: { source: 'kefu-edge', conversation: key }, signal })
    const id: unknown = created.thread_id
    if (typeof id !== 'string' || !/^[\w-]{1,64}$/.test(id)) throw answerUnavailable(NAME, 'cut')
    const thread = { id, seenSeq: NOTHING }
    // At once, so that a question that fails is asked again in the same thread.
    await conversations.save(key, vendorName, thread)
    return thread
  }

  return {
    name: NAME,
    async *answer(question, signal) {
      const deadline = startAnswerDeadline(NAME, signal, deadlineMs)
      const key = question.conversationKey
      const known = await conversations.find(key, vendorName)
      let thread = known
      let told = toVendorText(question, known?.seenSeq === NOTHING ? undefined : known?.seenSeq)
      let result: RunResult
      try {
        const client = await load()
        const ask = async (): Promise<RunResult> => {
          thread ??= await begin(client, key, deadline.signal)
          return run(client, thread.id, toQuestionId(thread, told.seq), told, question, deadline.signal)
        }
        try {
          result = await ask()
        } catch (error) {
          if (known === undefined || !(await isGone(client, known.id, error, deadline.signal))) throw error
          await conversations.forget(key, vendorName)
          thread = undefined
          told = toVendorText(question, undefined)
          result = await ask()
        }
      } catch (error) {
        // The thread is there at this moment, so it is not what is missing.
        if (isAppError(error, 'answer.account') && error.details.status === 404) {
          throw answerAccount(NAME, NO_AGENT, { status: 404 })
        }
        throw deadline.interruption() ?? toAnswerError(NAME, error)
      }

      if (result.isInterrupted) {
        await conversations.forget(key, vendorName)
        yield { kind: 'verdict', verdict: 'hand_over' }
        return
      }
      const { answer } = result
      if (answer === undefined) throw answerRefused(NAME, { reason: 'the state of this graph has no messages' })
      if (answer.text === '') throw answerUnavailable(NAME, 'blank')
      if (thread !== undefined) await conversations.save(key, vendorName, { id: thread.id, seenSeq: told.seq })
      yield { kind: 'text', text: answer.text }
      const { inputTokens, cachedInputTokens, outputTokens } = answer
      yield { kind: 'usage', usage: { model: answer.model || NAME, inputTokens, cachedInputTokens, outputTokens } }
      yield { kind: 'verdict', verdict: 'answered' }
    },
  }
}

async function createClient({ baseUrl, apiKey }: LanggraphVendor): Promise<Client> {
  const { Client } = await import('@langchain/langgraph-sdk')
  return new Client({
    apiUrl: baseUrl.replace(/\/+$/, ''),
    // Null, so that no key is taken from the environment that is meant for somebody else.
    apiKey: apiKey ?? null,
    callerOptions: { maxRetries: 0, maxConcurrency: Number.POSITIVE_INFINITY, fetch: createLanggraphFetch(NAME) },
  })
}

/**
 * A message with the id of one that the thread has takes its place: a question that is asked again after a failure is not
 * there twice. One that was answered to the end gets another id, or the agent would find its own answer after it.
 */
function toQuestionId({ id, seenSeq }: VendorConversation, seq: number): string {
  if (seq === 0 || seq === seenSeq) return randomUUID()
  const hex = createHash('sha256').update(`${id}:${seq}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** Nobody waits for it: if it fails, the server cancels the run as its reader has gone. */
function rollBack(client: Client, threadId: string, runId: string): void {
  const signal = AbortSignal.timeout(ROLLBACK_DEADLINE_MS)
  client.runs.cancel(threadId, runId, false, 'rollback', { signal }).catch(() => undefined)
}

/**
 * Whether a run was refused because its thread is not there any more. LangGraph's Python server says so with 404, the one for JavaScript with 500 or 422
 * and words about something else: so the thread itself is asked for.
 */
async function isGone(client: Client, threadId: string, error: unknown, signal: AbortSignal): Promise<boolean> {
  if (!isAppError(error) || !REFUSED_RUN.has(Number(error.details.status))) return false
  return client.threads.get(threadId, { signal }).then(
    () => false,
    (missing: unknown) => isAppError(missing) && missing.details.status === 404,
  )
}

function readRunId(data: unknown): string | undefined {
  const id = typeof data === 'object' && data !== null && 'run_id' in data ? data.run_id : undefined
  return typeof id === 'string' ? id : undefined
}
