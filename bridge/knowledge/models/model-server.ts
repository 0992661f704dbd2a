/** A server with a key that answers JSON: what embedding and reranking have in common. */
import { AppError } from '../../../shared/app-error.ts'

export interface ModelServer {
  baseUrl: string
  apiKey: string
  model: string
  /** For one call. Default 15,000. */
  deadlineMs?: number
  fetch?: typeof fetch
}

const MAX_RETRY_STATUS = new Set([408, 429, 500, 502, 503, 504])

/** Rejects with `knowledge.model`: retryable for what passes by itself. What was sent is never quoted. */
export async function postJson(
  { baseUrl, apiKey, deadlineMs = 15_000, fetch: send = fetch }: ModelServer,
  path: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<unknown> {
  const ends = [AbortSignal.timeout(deadlineMs), ...(signal === undefined ? [] : [signal])]
  let response: Response
  try {
    response = await send(`${baseUrl.replace(/\/$/, '')}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.any(ends),
      redirect: 'error',
    })
    if (response.ok) return await response.json()
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason
    throw new AppError('knowledge.model', `${path} could not be reached`, { retryable: true, cause: error })
  }
  const { status } = response
  await response.body?.cancel()
  const details = { status }
  throw new AppError('knowledge.model', `${path} answered ${status}`, {
    retryable: MAX_RETRY_STATUS.has(status),
    details,
  })
}

/** Of an answer that is not what the server's document says. */
export function unexpected(path: string): AppError {
  return new AppError('knowledge.model', `${path} answered something else`, { retryable: false })
}
