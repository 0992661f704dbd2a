/**
 * Answers by an app of Dify: a chatbot, an agent or a chatflow, by the app's own key. Dify remembers the conversation; it is told the
 * history once, and then only what is new. A conversation that it has lost is begun anew, once per question.
 * Source: https://docs.dify.ai/api-reference/chat/send-chat-message
 */
import { isAppError } from '../../shared/app-error.ts'
import { type AnswerDeadline, startAnswerDeadline } from './answer-deadline.ts'
import type { Answerer, Question } from './answerer.ts'
import { toDifyError } from './dify-fault.ts'
import { type DifyAnswer, readDifyStream } from './read-dify-stream.ts'
import { stripHiddenThinking } from './strip-hidden-thinking.ts'
import { answerUnavailable, toAnswerError } from './to-answer-error.ts'
import { toVendorText } from './to-vendor-text.ts'
import { toVendorName, type VendorConversations } from './vendor-conversations.ts'

export interface DifyVendor {
  apiKey: string
  /** With or without `/v1` at its end. */
  baseUrl: string
  conversations: VendorConversations
  /** For a whole answer. Default 60,000. */
  deadlineMs?: number
}

const NAME = 'dify'
const STOP_DEADLINE_MS = 3000
const MAX_REFUSAL_CHARS = 16_000
const conversationIdShape = /^[\w-]{1,64}$/

export function createDifyAnswerer({ apiKey, baseUrl, conversations, deadlineMs = 60_000 }: DifyVendor): Answerer {
  const base = `${baseUrl.replace(/\/+$/, '').replace(/\/v1$/, '')}/v1`
  const vendor = toVendorName(NAME, base, apiKey)
  const post = (path: string, body: unknown, signal: AbortSignal) =>
    fetch(`${base}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal,
    })

  /** Dify writes on, and bills, after its reader has gone. */
  const stop = (taskId: string, user: string): void => {
    const path = `/chat-messages/${encodeURIComponent(taskId)}/stop`
    post(path, { user }, AbortSignal.timeout(STOP_DEADLINE_MS)).then(
      (response) => response.body?.cancel(),
      () => undefined,
    )
  }

  const chat = async (
    { conversationKey: user, persona }: Question,
    query: string,
    conversationId: string,
    deadline: AnswerDeadline,
  ): Promise<DifyAnswer> => {
    let taskId: string | undefined
    let isOver = false
    try {
      // An app without such a variable takes no notice of it.
      const inputs = persona ? { persona } : {}
      const body = { inputs, query, user, conversation_id: conversationId, response_mode: 'streaming' }
      const response = await post('/chat-messages', { ...body, auto_generate_name: false }, deadline.signal)
      if (!response.ok || response.body === null) {
        const refusal = { status: response.status, headers: response.headers, ...(await readRefusal(response)) }
        throw toDifyError(NAME, refusal, conversationId !== '')
      }
      const end = await readDifyStream(response.body, (id) => {
        taskId = id
      })
      isOver = end.kind !== 'cut'
      if (end.kind === 'cut') throw answerUnavailable(NAME, 'cut')
      if (end.kind === 'refusal') throw toDifyError(NAME, end.refusal, conversationId !== '')
      return end.answer
    } catch (error) {
      if (taskId !== undefined && !isOver) stop(taskId, user)
      throw deadline.interruption() ?? toAnswerError(NAME, error)
    }
  }

  return {
    name: NAME,
    async *answer(question, signal) {
      const deadline = startAnswerDeadline(NAME, signal, deadlineMs)
      const key = question.conversationKey
      let known = await conversations.find(key, vendor)
      let told = toVendorText(question, known?.seenSeq)
      let answer: DifyAnswer
      try {
        answer = await chat(question, told.text, known?.id ?? '', deadline)
      } catch (error) {
        if (known === undefined || !isLost(error)) throw error
        await conversations.forget(key, vendor)
        known = undefined
        told = toVendorText(question, undefined)
        answer = await chat(question, told.text, '', deadline)
      }
      const text = stripHiddenThinking(withoutThinkingBox(answer.text)).trim()
      if (text === '' && !answer.isPaused) throw answerUnavailable(NAME, 'blank')
      if (conversationIdShape.test(answer.conversationId) && !answer.isPaused) {
        await conversations.save(key, vendor, { id: answer.conversationId, seenSeq: told.seq })
      }
      // A paused workflow would take the next question for its person's input.
      else await conversations.forget(key, vendor)

      if (text !== '') yield { kind: 'text', text }
      const { inputTokens, outputTokens } = answer
      yield { kind: 'usage', usage: { model: NAME, inputTokens, cachedInputTokens: 0, outputTokens } }
      yield { kind: 'verdict', verdict: answer.isPaused ? 'hand_over' : 'answered' }
    },
  }
}

function isLost(error: unknown): boolean {
  return isAppError(error, 'answer.refused') && error.details.reason === 'conversation-lost'
}

/** Older versions put a model's thinking into a box of HTML. */
function withoutThinkingBox(text: string): string {
  return text.replace(/<details\b[^>]{0,300}>\s*<summary>\s*Thinking[\s\S]*?(?:<\/details>|$)/gi, '')
}

/** A gateway's page has neither. */
async function readRefusal(response: Response): Promise<{ code: string; message: string }> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > MAX_REFUSAL_CHARS) break
  }
  try {
    const { code, message } = JSON.parse(text) as { code?: unknown; message?: unknown }
    return { code: typeof code === 'string' ? code : '', message: typeof message === 'string' ? message : '' }
  } catch {
    return { code: '', message: '' }
  }
}
