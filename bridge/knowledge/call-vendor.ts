/**
 * One JSON call of a vendor that finds or compares texts. Repeated a few times where that may help, all within one deadline.
 *
 * Throws `vendor.unavailable` (retryable: network, deadline, 408, 429, 5xx, an answer that is none; `details.retryAfterMs` when the vendor
 * said how long), `vendor.account` (401, 402, 403, 404: key, balance or model; needs a person) and `vendor.refused` (the request itself).
 * Never the vendor's words, nor ours.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { AppError, isAppError } from '../../shared/app-error.ts'
import { backOffMs } from '../../shared/back-off.ts'

export interface KnowledgeVendor {
  apiKey: string
  /** Ends before the name of the call, mostly in `/v1`. */
  baseUrl: string
  model: string
  /** Told of each call that was answered, and charged: the tokens that the vendor counted, undefined when it does not say. */
  onTokens?: ((tokens: number | undefined) => void) | undefined
}

export interface VendorCall {
  /** For errors: `embedding`, `rerank`. */
  name: string
  url: string
  apiKey: string
  body: unknown
  /** For all tries together. */
  deadlineMs: number
}

const MAX_TRIES = 3
const BACK_OFF = { baseMs: 500, maxMs: 4000 }
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

/** The answer as JSON of whatever shape. */
export async function callVendor(call: VendorCall, signal: AbortSignal): Promise<unknown> {
  const deadline = AbortSignal.timeout(call.deadlineMs)
  const ended = AbortSignal.any([signal, deadline])
  for (let tries = 1; ; tries += 1) {
    try {
      return await tryOnce(call, ended)
    } catch (error) {
      const fault = isAppError(error) ? error : unavailable(call.name, 'network')
      if (signal.aborted) throw unavailable(call.name, 'aborted')
      if (deadline.aborted) throw unavailable(call.name, 'deadline')
      if (!fault.retryable || tries >= MAX_TRIES) throw fault
      const waitMs = Number(fault.details.retryAfterMs ?? backOffMs(tries, BACK_OFF))
      // Whoever is told to come back after the deadline need not wait for it.
      if (waitMs >= call.deadlineMs) throw fault
      await sleep(waitMs, undefined, { signal: ended }).catch(() => undefined)
    }
  }
}

const usageShape = z.object({
  usage: z
    .object({ prompt_tokens: z.number().optional(), total_tokens: z.number().optional() })
    .optional()
    .catch(undefined),
  meta: z
    .object({ tokens: z.object({ input_tokens: z.number() }) })
    .optional()
    .catch(undefined),
})

/** As OpenAI, Ark, Jina and SiliconFlow say it. */
export function readTokens(answer: unknown): number | undefined {
  const { usage, meta } = usageShape.catch({}).parse(answer)
  return usage?.prompt_tokens ?? usage?.total_tokens ?? meta?.tokens.input_tokens
}

/** What came is not what the vendor's documents promise. */
export function badAnswer(name: string): AppError {
  return unavailable(name, 'bad-answer')
}

async function tryOnce({ name, url, apiKey, body }: VendorCall, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
    redirect: 'error',
    signal,
  })
  if (!response.ok) {
    // The body quotes the request or the key; nothing in it is needed.
    await response.body?.cancel()
    throw toError(name, response)
  }
  const text = await readText(response)
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw badAnswer(name)
  }
}

function toError(name: string, { status, headers }: Response): AppError {
  if (status === 408 || status === 429 || status >= 500) {
    return unavailable(name, 'status', { status, ...retryAfter(headers) })
  }
  const isAccount = status === 401 || status === 402 || status === 403 || status === 404
  return new AppError(isAccount ? 'vendor.account' : 'vendor.refused', `${name} refused with ${status}`, {
    retryable: false,
    details: { vendor: name, status },
  })
}

function unavailable(name: string, reason: string, details: Record<string, number> = {}): AppError {
  return new AppError('vendor.unavailable', `${name} gave no answer: ${reason}`, {
    retryable: true,
    details: { vendor: name, reason, ...details },
  })
}

/** Seconds or a date. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfter(headers: Headers): { retryAfterMs?: number } {
  const value = headers.get('retry-after') ?? ''
  if (value === '') return {}
  const ms = /^\d{1,6}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? { retryAfterMs: Math.max(0, ms) } : {}
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) throw new Error('the answer is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
