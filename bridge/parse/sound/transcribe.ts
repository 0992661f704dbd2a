/**
 * Speech to text, by DeepSeek's tool or by any server with OpenAI's `/audio/transcriptions`. What was said never reaches a log or an
 * error, and neither do the server's words, which may quote it.
 *
 * One deadline stands over all tries. What passes by itself (busy, overloaded, away) is tried again within it, and after it is an error
 * that the stage may try again later. While the server is away only one recording at a time finds out whether it is back; the others don't
 * wait, so that they hold up nobody whose message is of another kind. What only the operator can mend (key, balance, model) is an answer that says so.
 * Sources: https://api-docs.deepseek.com (tools, ASR), https://platform.openai.com/docs/api-reference/audio/createTranscription,
 * https://docs.siliconflow.cn/cn/api-reference/audio/create-audio-transcriptions
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { AppError, isAppError } from '../../../shared/app-error.ts'
import { backOffMs } from '../../../shared/back-off.ts'
import { cleanText } from '../../../shared/clean-text.ts'
import type { Logger } from '../../logger.ts'
import { BYTES_PER_SECOND } from './run-ffmpeg.ts'

export type AsrSettings =
  /** `baseUrl` as for chat; a version at its end is left out. */
  | { kind: 'deepseek'; baseUrl: string; apiKey: string }
  /** `baseUrl` ends in /v1 or the like. */
  | { kind: 'openai'; baseUrl: string; apiKey: string; model: string }

export interface TranscribeDeps {
  settings: AsrSettings
  log: Logger
  fetch?: typeof fetch
  /** Told how many seconds of sound were taken, each time. Must not throw. */
  onTaken?: ((seconds: number) => void) | undefined
  /** Told of each answer whether our account is refused, by which HTTP status. Must not throw. */
  onAccount?: ((refusedStatus: number | undefined) => void) | undefined
}

export interface TranscribeOptions {
  /** For all tries together. Default 20,000. */
  deadlineMs?: number
  /** Before the second try, then longer. Default 500. */
  retryMs?: number
  /** Default 4. */
  maxTries?: number
  /** After the server was away, nobody asks for so long. Default 5,000. */
  restMs?: number
}

export type Transcription =
  /** '' when nobody speaks. */
  | { kind: 'heard'; text: string }
  /** The server does not take this recording. */
  | { kind: 'refused' }
  /** No recording is taken until the operator has seen to the key, the balance or the model. */
  | { kind: 'account' }

/**
 * `wav`: 16-bit PCM, mono, at most MAX_SECONDS. Rejects with the reason of `signal`, and with `asr.unavailable`, which is retryable.
 */
export type Transcribe = (wav: Uint8Array, signal: AbortSignal) => Promise<Transcription>

/** Of one recording; DeepSeek takes 120 s and 8 MiB. */
export const MAX_SECONDS = 110

const WAV_HEAD_BYTES = 44
const MAX_ANSWER_BYTES = 1_000_000
const PASSING: ReadonlySet<number> = new Set([408, 409, 425, 429, 500, 502, 503, 504])
const ACCOUNT: ReadonlySet<number> = new Set([401, 402, 403, 404])
const answerShape = z.looseObject({ text: z.string() })

export function createTranscribe(
  { settings, log, fetch: call = fetch, onAccount, onTaken }: TranscribeDeps,
  options: TranscribeOptions = {},
): Transcribe {
  const { deadlineMs = 20_000, retryMs = 500, maxTries = 4, restMs = 5_000 } = options
  const url = toUrl(settings)

  const tryOnce = async ({ type, body }: FormBody, signal: AbortSignal): Promise<Transcription | Failure> => {
    const headers = { 'content-type': type, authorization: `Bearer ${settings.apiKey}` }
    const response = await call(url, { method: 'POST', headers, body, signal, redirect: 'error' })
    if (!response.ok) {
      await response.body?.cancel()
      const { status } = response
      if (ACCOUNT.has(status)) {
        log.error('asr.account', { status, kind: settings.kind })
        onAccount?.(status)
        return { kind: 'account' }
      }
      if (!PASSING.has(status)) {
        log.warn('asr.refused', { status, kind: settings.kind })
        return { kind: 'refused' }
      }
      return { kind: 'passing', status, waitMs: toWaitMs(response.headers.get('retry-after')) }
    }
    const parsed = answerShape.safeParse(parseJson(await readAnswer(response)))
    if (!parsed.success) return { kind: 'passing', status: 200 }
    onAccount?.(undefined)
    return { kind: 'heard', text: toSpoken(parsed.data.text) }
  }

  const ask: Transcribe = async (wav, signal) => {
    const form = await toForm(wav, settings)
    const deadline = AbortSignal.timeout(deadlineMs)
    const either = AbortSignal.any([signal, deadline])
    let last: { status?: number } = {}
    for (let tries = 1; tries <= maxTries; tries += 1) {
      const startedAt = performance.now()
      const result = await tryOnce(form, either).catch((): Failure => ({ kind: 'passing' }))
      signal.throwIfAborted()
      if (result.kind !== 'passing') {
        if (result.kind === 'heard') onTaken?.(secondsOf(wav))
        log.debug('asr.done', { outcome: result.kind, tries, bytes: wav.length, ms: since(startedAt) })
        return result
      }
      last = result.status === undefined ? {} : { status: result.status }
      if (deadline.aborted || tries === maxTries) break
      const waitMs = result.waitMs ?? backOffMs(tries, { baseMs: retryMs, maxMs: retryMs * 16 })
      await sleep(waitMs, undefined, { signal: either }).catch(() => undefined)
      signal.throwIfAborted()
      if (deadline.aborted) break
    }
    throw unavailable({ kind: settings.kind, ...last })
  }

  let isAway = false
  let askAgainAt = 0
  return async (wav, signal) => {
    signal.throwIfAborted()
    if (isAway) {
      if (performance.now() < askAgainAt) throw unavailable({ kind: settings.kind, isResting: true })
      // Whoever comes while this one asks is told the same.
      askAgainAt = performance.now() + deadlineMs + restMs
    }
    try {
      const result = await ask(wav, signal)
      if (isAway) log.info('asr.back', { kind: settings.kind })
      isAway = false
      return result
    } catch (error) {
      if (isAppError(error, 'asr.unavailable')) {
        if (!isAway) log.warn('asr.away', { kind: settings.kind, ...error.details })
        isAway = true
      }
      if (isAway) askAgainAt = performance.now() + restMs
      throw error
    }
  }
}

function unavailable(details: AppError['details']): AppError {
  return new AppError('asr.unavailable', 'speech recognition gave no answer in time', { retryable: true, details })
}

interface Failure {
  kind: 'passing'
  status?: number
  waitMs?: number | undefined
}

interface FormBody {
  type: string
  body: ArrayBuffer
}

/** Whole bytes and no stream: fetch leaves a rejection that nobody can handle when a form's connection fails amid it (Node 24.21). */
async function toForm(wav: Uint8Array, settings: AsrSettings): Promise<FormBody> {
  const form = new FormData()
  form.set('file', new Blob([Uint8Array.from(wav)], { type: 'audio/wav' }), 'voice.wav')
  if (settings.kind === 'openai') form.set('model', settings.model)
  const encoded = new Response(form)
  return { type: encoded.headers.get('content-type') ?? '', body: await encoded.arrayBuffer() }
}

function toUrl(settings: AsrSettings): string {
  const base = settings.baseUrl.replace(/\/+$/, '')
  return settings.kind === 'deepseek' ? `${base.replace(/\/v1$/, '')}/v1/tools/asr` : `${base}/audio/transcriptions`
}

/** Without SenseVoice's marks of language, mood and noise, such as `<|zh|>` and 🎼, and on one line. */
export function toSpoken(text: string): string {
  return cleanText(text)
    .replace(/<\|[^|<>]{0,40}\|>/g, ' ')
    .replace(/\p{Extended_Pictographic}|\ufe0f/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
}

/** Seconds or a date. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function toWaitMs(value: string | null): number | undefined {
  if (value === null || value === '') return undefined
  const ms = /^\d{1,6}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}

async function readAnswer(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) break
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function secondsOf(wav: Uint8Array): number {
  return Math.max(0, wav.length - WAV_HEAD_BYTES) / BYTES_PER_SECOND
}

function since(startedAt: number): number {
  return Math.round(performance.now() - startedAt)
}
