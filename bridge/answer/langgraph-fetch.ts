/**
 * The fetch that LangGraph's SDK works with. A refusal becomes an error of `answerer.ts` here, while its status, headers and words are at hand;
 * and no `Location` is passed on, for the SDK would join a broken stream there again and again, beyond any deadline.
 */
import { answerAccount, answerUnavailable, refusalToError, toAnswerError } from './to-answer-error.ts'

/** What an operator does about it. */
export const NO_AGENT = 'there is no such agent: look at LANGGRAPH_ASSISTANT_ID'

const MAX_DETAIL_CHARS = 4000

export function createLanggraphFetch(name: string): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, { ...init, redirect: 'error' }).catch((error: unknown) => {
      // The SDK would put words of its own in place of the cause.
      throw toAnswerError(name, error)
    })
    if (!response.ok) throw await toRefusal(name, response)
    if (!response.headers.has('location')) return response
    const headers = new Headers(response.headers)
    headers.delete('location')
    return new Response(response.body, { status: response.status, headers })
  }
}

async function toRefusal(name: string, response: Response) {
  const { status, headers } = response
  const detail = (await response.text().catch(() => '')).slice(0, MAX_DETAIL_CHARS)
  if ((status === 404 || status === 422) && /assistant|graph/i.test(detail) && !/thread/i.test(detail)) {
    return answerAccount(name, NO_AGENT, { status })
  }
  // Of some servers with 409, of others with 422.
  if (status === 422 && /already running/i.test(detail)) return answerUnavailable(name, 'status', { status })
  return refusalToError(name, { status, code: undefined, headers })
}
