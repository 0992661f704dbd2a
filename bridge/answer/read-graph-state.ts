/**
 * The state of a LangGraph run → what the agent says to the customer: the text of its last message after the question, when that
 * calls no more tools. What nodes and tools say to each other stays inside.
 * Source: https://docs.langchain.com/oss/javascript/langchain/messages
 */
import { z } from 'zod'
import { stripHiddenThinking } from './strip-hidden-thinking.ts'

export interface GraphAnswer {
  text: string
  model: string
  inputTokens: number
  cachedInputTokens: number
  outputTokens: number
}

const tokens = z.number().int().min(0).catch(0)
// Content is a text, or blocks of which only those of text are meant to be seen.
const messageShape = z.looseObject({
  type: z.string().optional().catch(undefined),
  role: z.string().optional().catch(undefined),
  id: z.string().nullish().catch(undefined),
  content: z.union([z.string(), z.array(z.union([z.string(), z.looseObject({ type: z.string() })]))]).catch(''),
  tool_calls: z.array(z.unknown()).nullish().catch(undefined),
  usage_metadata: z
    .looseObject({
      input_tokens: tokens,
      output_tokens: tokens,
      input_token_details: z.looseObject({ cache_read: tokens }).nullish().catch(undefined),
    })
    .nullish()
    .catch(undefined),
  response_metadata: z.looseObject({ model_name: z.string().optional() }).nullish().catch(undefined),
})
const stateShape = z.looseObject({ messages: z.array(messageShape) })
type GraphMessage = z.output<typeof messageShape>

const ASSISTANT = new Set(['ai', 'AIMessageChunk', 'assistant'])
const CUSTOMER = new Set(['human', 'HumanMessageChunk', 'user'])

/** Undefined when the state holds no messages at all: a graph of another kind. */
export function readGraphState(values: unknown, questionId: string): GraphAnswer | undefined {
  const { data } = stateShape.safeParse(values)
  if (data === undefined) return undefined
  const { messages } = data
  // A graph that makes its own ids still has the question as its last message of a customer.
  const byId = messages.findLastIndex((message) => message.id === questionId)
  const asked = byId === -1 ? messages.findLastIndex((message) => isOf(message, CUSTOMER)) : byId
  const said = messages.slice(asked + 1)
  const last = said.at(-1)
  const ours = said.filter((message) => isOf(message, ASSISTANT))
  const sum = (read: (message: GraphMessage) => number | undefined) =>
    ours.reduce((total, message) => total + (read(message) ?? 0), 0)
  return {
    text: last !== undefined && isOf(last, ASSISTANT) && (last.tool_calls ?? []).length === 0 ? textOf(last) : '',
    model: ours.at(-1)?.response_metadata?.model_name ?? '',
    inputTokens: sum((message) => message.usage_metadata?.input_tokens),
    cachedInputTokens: sum((message) => message.usage_metadata?.input_token_details?.cache_read),
    outputTokens: sum((message) => message.usage_metadata?.output_tokens),
  }
}

/** True for a state, or a change of one, in which the run waits for a person. */
export function isInterrupted(values: unknown): boolean {
  if (typeof values !== 'object' || values === null || !('__interrupt__' in values)) return false
  return Array.isArray(values.__interrupt__) && values.__interrupt__.length > 0
}

function isOf({ type, role }: GraphMessage, kinds: ReadonlySet<string>): boolean {
  return kinds.has(type ?? role ?? '')
}

function textOf({ content }: GraphMessage): string {
  if (typeof content === 'string') return stripHiddenThinking(content).trim()
  const texts = content.map((block) => {
    if (typeof block === 'string') return block
    return block.type === 'text' && typeof block.text === 'string' ? block.text : ''
  })
  return stripHiddenThinking(texts.join('')).trim()
}
