/**
 * Dify's refusals → the errors of `answerer.ts`. The same codes come with an HTTP status and as an event amid a stream.
 * Source: https://docs.dify.ai/api-reference/chat/send-chat-message
 */
import type { AppError } from '../../shared/app-error.ts'
import {
  answerAccount,
  answerRefused,
  answerSensitive,
  answerUnavailable,
  type Details,
  refusalToError,
  shortName,
} from './to-answer-error.ts'
import { tellsOfFilter } from './vendor-fault.ts'

export interface DifyRefusal {
  status: number
  code: string
  /** Read for its meaning, never passed on. */
  message: string
  headers?: Headers
}

/** What an operator does about the app. */
const APP_HINTS: Readonly<Record<string, string>> = {
  app_unavailable: 'the app has no model or is not published',
  not_chat_app: 'the key is of an app that is no chat: take a chatbot, an agent or a chatflow',
  provider_not_initialize: "the model's provider has no valid key in Dify",
  provider_quota_exceeded: "the quota of the model's provider is used up in Dify",
  model_currently_not_support: 'the model that the app names is not available in Dify',
}

/** `isKnown`: a conversation id went along, so a 404 means that it is lost. */
export function toDifyError(name: string, { status, code, message, headers }: DifyRefusal, isKnown: boolean): AppError {
  const details: Details = { status, ...shortName('code', code) }
  const isLost = status === 404 || (status === 400 && /conversation/i.test(`${code} ${message}`))
  if (isKnown && isLost) return answerRefused(name, { ...details, reason: 'conversation-lost' })
  if (tellsOfFilter(message)) return answerSensitive(name, details)
  const hint = APP_HINTS[code]
  if (hint !== undefined) return answerAccount(name, hint, details)
  // The model behind the app has failed: its own fault, told with status 400.
  if (code === 'completion_request_error') return answerUnavailable(name, 'status', details)
  return refusalToError(name, { status, code, details, headers })
}
