/**
 * Dify's stream of events → one answer. All of it is awaited: `message_replace` takes back everything that was said so far, which the
 * app's moderation does, so nothing is safe to send before `message_end`.
 * Source: https://docs.dify.ai/api-reference/chat/send-chat-message
 */
import { createParser } from 'eventsource-parser'
import { z } from 'zod'
import type { DifyRefusal } from './dify-fault.ts'

export interface DifyAnswer {
  text: string
  conversationId: string
  inputTokens: number
  outputTokens: number
  /** The workflow waits for a person. */
  isPaused: boolean
}

export type DifyStreamEnd =
  | { kind: 'answer'; answer: DifyAnswer }
  | { kind: 'refusal'; refusal: DifyRefusal }
  /** The stream ended without saying so. */
  | { kind: 'cut' }

/** Traces of an app's nodes run along; an app that goes round in circles must not fill the memory. */
const MAX_CHARS = 32_000_000

const tokens = z.number().int().min(0).catch(0)
const eventShape = z.looseObject({
  event: z.string(),
  task_id: z.string().optional().catch(undefined),
  conversation_id: z.string().optional().catch(undefined),
  answer: z.string().optional().catch(undefined),
  status: z.number().optional().catch(undefined),
  code: z.string().catch(''),
  message: z.string().catch(''),
  metadata: z
    .looseObject({
      usage: z.looseObject({ prompt_tokens: tokens, completion_tokens: tokens }).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
})
type DifyEvent = z.output<typeof eventShape>

/** `onTask`: the id by which the answer can be stopped, as soon as it is known. Rejects when the connection fails. */
export async function readDifyStream(
  body: ReadableStream<Uint8Array>,
  onTask: (taskId: string) => void,
): Promise<DifyStreamEnd> {
  const answer: DifyAnswer = { text: '', conversationId: '', inputTokens: 0, outputTokens: 0, isPaused: false }
  let end: DifyStreamEnd | undefined

  const take = (event: DifyEvent): void => {
    if (event.task_id !== undefined) onTask(event.task_id)
    if (event.conversation_id) answer.conversationId = event.conversation_id
    switch (event.event) {
      case 'message':
      case 'agent_message':
        answer.text += event.answer ?? ''
        break
      case 'message_replace':
        answer.text = event.answer ?? ''
        break
      case 'message_end':
        answer.inputTokens = event.metadata?.usage?.prompt_tokens ?? 0
        answer.outputTokens = event.metadata?.usage?.completion_tokens ?? 0
        end = { kind: 'answer', answer }
        break
      case 'workflow_paused':
        end = { kind: 'answer', answer: { ...answer, isPaused: true } }
        break
      case 'error':
        end = { kind: 'refusal', refusal: { status: event.status ?? 500, code: event.code, message: event.message } }
    }
  }

  const parser = createParser({
    onEvent({ data }) {
      // A ping may come without data, and then it is no event to the parser; what is no JSON tells us nothing.
      const event = end === undefined ? toEvent(data) : undefined
      if (event !== undefined) take(event)
    },
  })
  let chars = 0
  const decoder = new TextDecoder()
  for await (const chunk of body) {
    const text = decoder.decode(chunk, { stream: true })
    chars += text.length
    if (chars > MAX_CHARS) return { kind: 'cut' }
    parser.feed(text)
    // Leaving the loop closes the connection.
    if (end !== undefined) return end
  }
  return end ?? { kind: 'cut' }
}

function toEvent(data: string): DifyEvent | undefined {
  try {
    return eventShape.safeParse(JSON.parse(data)).data
  } catch {
    return undefined
  }
}
