/**
 * Makes one call, once. The platform answers HTTP 200 with JSON even to a failure, which is one exactly when `errcode` is there
 * and not 0 (some successes leave it out). The access token travels in the query string, so URLs never leave this file.
 * Source: https://developer.work.weixin.qq.com/document/path/90664
 */
import { z } from 'zod'
import { isAppError } from '../../shared/app-error.ts'
import type { Endpoint } from './endpoint.ts'
import { toWireJson } from './to-wire-json.ts'
import { refused, unreachable } from './wecom-error.ts'

export interface CallDeps {
  /** Ends in `/cgi-bin`, with or without a slash. */
  apiBase: string
  fetch: typeof fetch
  /** For the whole call, body included; an endpoint may take several of them. Default 10,000. */
  deadlineMs?: number
  /** Largest answer that is read. Default 32 MiB: a page of a thousand messages is far smaller. */
  maxBytes?: number
}

/**
 * Builds the request, and throws `wecom.refused` where a limit is not kept: before a token is asked for. What it returns makes the call;
 * `token` is '' for the one call that needs none. Rejects with `wecom.refused` or `wecom.unreachable`.
 */
export type PrepareCall = <Input, Output>(
  endpoint: Endpoint<Input, Output>,
  input: Input,
) => (token: string, signal: AbortSignal) => Promise<Output>

const failure = z.looseObject({ errcode: z.coerce.number(), errmsg: z.string().catch('') })

export function createPrepareCall({
  apiBase,
  fetch,
  deadlineMs = 10_000,
  maxBytes = 32 * 1024 * 1024,
}: CallDeps): PrepareCall {
  const base = apiBase.replace(/\/+$/, '')

  async function exchange(
    { path, method, deadlines = 1 }: Pick<Endpoint<never, unknown>, 'path' | 'method' | 'deadlines'>,
    { query, json, form }: WireRequest,
    signal: AbortSignal,
  ): Promise<unknown> {
    const body = json ?? form
    const timeoutMs = deadlineMs * deadlines
    const deadline = AbortSignal.timeout(timeoutMs)

    let answer: { ok: boolean; status: number; text: string }
    try {
      const response = await fetch(`${base}/${path}?${query}`, {
        method,
        // A redirect would carry the token to wherever it points.
        redirect: 'manual',
        signal: AbortSignal.any([signal, deadline]),
        ...(body === undefined ? {} : { body }),
        ...(json === undefined ? {} : { headers: { 'content-type': 'application/json; charset=utf-8' } }),
      })
      answer = { ok: response.ok, status: response.status, text: await readText(path, response, maxBytes) }
    } catch (error) {
      if (isAppError(error)) throw error
      if (signal.aborted) throw unreachable(path, 'aborted')
      if (deadline.aborted) throw unreachable(path, 'deadline', { deadlineMs: timeoutMs })
      throw unreachable(path, 'network', networkCode(error))
    }

    const { ok, status, text } = answer
    if (status >= 500) throw unreachable(path, 'status', { status })
    const found = parseJson(text)
    throwIfRefused(path, found)
    if (!ok) throw unreachable(path, 'status', { status })
    if (typeof found !== 'object' || found === null) throw unreachable(path, 'not-json', { status })
    return found
  }

  return (endpoint, input) => {
    const given = endpoint.toQuery?.(input)
    const json = endpoint.toBody === undefined ? undefined : toWireJson(endpoint.toBody(input))
    const form = endpoint.toForm?.(input)
    return async (token, signal) => {
      const query = new URLSearchParams(given)
      if (token !== '') query.set('access_token', token)
      const found = await exchange(endpoint, { query, json, form }, signal)
      const parsed = endpoint.response.safeParse(found)
      if (!parsed.success) throw unreachable(endpoint.path, 'shape', { fields: faultyFields(parsed.error) })
      return parsed.data
    }
  }
}

interface WireRequest {
  query: URLSearchParams
  json: string | undefined
  form: FormData | undefined
}

/** Throws `wecom.refused` for an answer that says so; anything else passes. */
export function throwIfRefused(path: string, answer: unknown): void {
  const { data: verdict } = failure.safeParse(answer)
  if (verdict !== undefined && verdict.errcode !== 0) throw refused(path, verdict.errcode, verdict.errmsg)
}

async function readText(path: string, response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder()
  let bytes = 0
  let text = ''
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw unreachable(path, 'too-large', { maxBytes })
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The names of the fields that are wrong, never their values. */
function faultyFields(error: z.ZodError): string {
  return error.issues.map((issue) => issue.path.join('.')).join(' ')
}

/** `ECONNREFUSED` and the like, from undici's cause. Its message may hold the URL. */
export function networkCode(error: unknown): { cause: string } | Record<string, never> {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' ? { cause: code } : {}
}
