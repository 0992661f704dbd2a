/** Every answerer with its stand-in, behind one face: what holds for one must hold for all. */
import { onTestFinished } from 'vitest'
import type { AnswerEvent, Answerer, Question } from '../../../../bridge/answer/answerer.ts'
import { createDeepseekAnswerer } from '../../../../bridge/answer/deepseek.ts'
import { createDifyAnswerer } from '../../../../bridge/answer/dify.ts'
import { createDoubaoAnswerer } from '../../../../bridge/answer/doubao.ts'
import { createFastgptAnswerer } from '../../../../bridge/answer/fastgpt.ts'
import { createLanggraphAnswerer } from '../../../../bridge/answer/langgraph.ts'
import { createOpenaiAnswerer } from '../../../../bridge/answer/openai.ts'
import type { VendorConversation, VendorConversations } from '../../../../bridge/answer/vendor-conversations.ts'
import { startStandInDify } from '../../../support/stand-in-dify.ts'
import { startStandInFastgpt } from '../../../support/stand-in-fastgpt.ts'
import { startStandInLanggraph } from '../../../support/stand-in-langgraph.ts'
import { type ModelBehaviour, type ModelDialect, startStandInModel } from '../../../support/stand-in-model.ts'
import type { VendorBehaviour } from '../../../support/stand-in-server.ts'

export const API_KEY = 'sk-KEY-that-nobody-may-see'
export const SECRET = '四十二'
export const never = new AbortController().signal

export const NAMES = ['deepseek', 'doubao', 'openai', 'dify', 'fastgpt', 'langgraph'] as const
export type Name = (typeof NAMES)[number]

export interface TrialOptions {
  deadlineMs?: number
  /** Another one than the vendor knows. */
  apiKey?: string
  baseUrl?: string
}

export interface Trial {
  create(options?: TrialOptions): Answerer
  behave(behaviour: VendorBehaviour, times?: number): void
  /** How many questions have arrived. */
  asked(): number
  abandoned(): number
}

export const REPLY = '您好，\n请看订单页。'

export async function startTrial(name: Name): Promise<Trial> {
  const conversations = rememberConversations()
  switch (name) {
    case 'dify': {
      const stand = await startStandInDify({ apiKey: API_KEY, reply: () => REPLY })
      onTestFinished(stand.close)
      return {
        create: ({ apiKey = API_KEY, baseUrl = stand.baseUrl, ...rest } = {}) =>
          createDifyAnswerer({ apiKey, baseUrl, conversations, ...rest }),
        behave: stand.behave,
        asked: () => stand.requests.length,
        abandoned: stand.abandoned,
      }
    }
    case 'fastgpt': {
      const stand = await startStandInFastgpt({ apiKey: API_KEY, reply: () => REPLY })
      onTestFinished(stand.close)
      return {
        create: ({ apiKey = API_KEY, baseUrl = stand.baseUrl, ...rest } = {}) =>
          createFastgptAnswerer({ apiKey, baseUrl, conversations, ...rest }),
        behave: stand.behave,
        asked: () => stand.requests.length,
        abandoned: stand.abandoned,
      }
    }
    case 'langgraph': {
      const stand = await startStandInLanggraph({ apiKey: API_KEY, reply: () => REPLY })
      onTestFinished(stand.close)
      return {
        create: ({ apiKey = API_KEY, baseUrl = stand.baseUrl, ...rest } = {}) =>
          createLanggraphAnswerer({ apiKey, baseUrl, assistantId: 'agent', conversations, ...rest }),
        behave: stand.behave,
        asked: () => stand.runs.length,
        abandoned: stand.abandoned,
      }
    }
    default:
      return startChatTrial(name)
  }
}

async function startChatTrial(name: 'deepseek' | 'doubao' | 'openai'): Promise<Trial> {
  const dialects: Readonly<Record<typeof name, ModelDialect>> = {
    deepseek: 'deepseek',
    doubao: 'ark',
    openai: 'openai',
  }
  const models = { deepseek: 'deepseek-flash', doubao: 'doubao-seed-2-1-lite-260915', openai: 'gpt-stand-in' }
  const creators = {
    deepseek: createDeepseekAnswerer,
    doubao: createDoubaoAnswerer,
    openai: createOpenaiAnswerer,
  }
  const stand = await startStandInModel({ apiKey: API_KEY, dialect: dialects[name], reply: () => REPLY })
  onTestFinished(stand.close)
  return {
    create: ({ apiKey = API_KEY, baseUrl = stand.baseUrl, ...rest } = {}) =>
      creators[name]({ apiKey, baseUrl, model: models[name], ...rest }),
    behave: (behaviour, times) => stand.behave(behaviour as ModelBehaviour, times),
    asked: () => stand.requests.length,
    abandoned: stand.abandoned,
  }
}

/** As the database keeps them. */
export function rememberConversations(): VendorConversations & { rows: Map<string, VendorConversation> } {
  const rows = new Map<string, VendorConversation>()
  return {
    rows,
    find: async (key, vendor) => rows.get(`${key}/${vendor}`),
    save: async (key, vendor, conversation) => void rows.set(`${key}/${vendor}`, conversation),
    forget: async (key, vendor) => void rows.delete(`${key}/${vendor}`),
  }
}

export function ask(text: string, over: Partial<Question> = {}): Question {
  return { conversationKey: 'abc_123', turns: [{ role: 'customer', text, seq: 1 }], ...over }
}

export async function collect(events: AsyncIterable<AnswerEvent>): Promise<AnswerEvent[]> {
  const found: AnswerEvent[] = []
  for await (const event of events) found.push(event)
  return found
}

export const textOf = (events: readonly AnswerEvent[]) =>
  events.map((event) => (event.kind === 'text' ? event.text : '')).join('')

/** What went wrong. Nothing that it shows may hold the customer's words, the vendor's words or the key. */
export async function failureOf(events: AsyncIterable<AnswerEvent>): Promise<unknown> {
  const error = await collect(events).then(
    (found) => `no failure: ${textOf(found)}`,
    (caught: unknown) => caught,
  )
  const shown = error instanceof Error ? `${error.stack}${JSON.stringify(error)}${String(error.cause)}` : ''
  if (new RegExp(`${SECRET}|sk-KEY|as told|余额|凭证`).test(shown)) throw new Error(`told too much: ${shown}`)
  return error
}
