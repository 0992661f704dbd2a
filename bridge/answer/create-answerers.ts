/** An answerer for each vendor that is configured, by its name. */
import type { VendorSettings } from '../config.ts'
import type { Answerer } from './answerer.ts'
import { type CountUsage, countUsage } from './count-usage.ts'
import { createDeepseekAnswerer } from './deepseek.ts'
import { createDifyAnswerer } from './dify.ts'
import { createDoubaoAnswerer } from './doubao.ts'
import { createFastgptAnswerer } from './fastgpt.ts'
import { createLanggraphAnswerer } from './langgraph.ts'
import { createOpenaiAnswerer } from './openai.ts'
import { NO_CONVERSATIONS, type VendorConversations } from './vendor-conversations.ts'

export interface AnswererDeps {
  /** Default: nothing is remembered between two questions. */
  conversations?: VendorConversations
  /** For a whole answer. */
  deadlineMs: number
  /** Told of each call that a vendor charges. */
  count?: CountUsage | undefined
}

export function createAnswerers(
  { deepseek, doubao, openai, dify, fastgpt, langgraph }: Readonly<VendorSettings>,
  { conversations = NO_CONVERSATIONS, deadlineMs, count }: AnswererDeps,
): ReadonlyMap<string, Answerer> {
  const answerers = [
    deepseek && createDeepseekAnswerer({ ...deepseek, deadlineMs }),
    doubao && createDoubaoAnswerer({ ...doubao, deadlineMs }),
    openai && createOpenaiAnswerer({ ...openai, deadlineMs }),
    dify && createDifyAnswerer({ ...dify, conversations, deadlineMs }),
    fastgpt && createFastgptAnswerer({ ...fastgpt, conversations, deadlineMs }),
    langgraph && createLanggraphAnswerer({ ...langgraph, conversations, deadlineMs }),
  ]
  const toCounted = (answerer: Answerer) => (count === undefined ? answerer : countUsage(answerer, count))
  return new Map(answerers.flatMap((answerer) => (answerer ? [[answerer.name, toCounted(answerer)]] : [])))
}
