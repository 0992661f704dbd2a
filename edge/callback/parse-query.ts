/**
 * The parameters of a callback's query. They are percent-decoded once, and a literal `+` stays a plus: base64 is full of
 * them, and the platform does not mean a space. That rules out URLSearchParams.
 */
import { refuse } from '../refusal.ts'

export interface CallbackQuery {
  signature: string
  timestamp: string
  nonce: string
  /** Present on the URL check only. */
  echostr: string | undefined
}

/** Throws `callback.parameters-missing` when the signature, timestamp or nonce is missing, empty or not decodable. */
export function parseQuery(url: string): CallbackQuery {
  const parameters = new Map(new URL(url).search.slice(1).split('&').map(toPair))
  const signature = parameters.get('msg_signature')
  const timestamp = parameters.get('timestamp')
  const nonce = parameters.get('nonce')
  if (!signature || !timestamp || !nonce) throw refuse('callback.parameters-missing')
  return { signature, timestamp, nonce, echostr: parameters.get('echostr') || undefined }
}

function toPair(text: string): [string, string] {
  const equals = text.indexOf('=')
  if (equals === -1) return [text, '']
  try {
    return [text.slice(0, equals), decodeURIComponent(text.slice(equals + 1))]
  } catch (cause) {
    throw refuse('callback.parameters-missing', cause)
  }
}
