/** One HTTP request to the callback address within a budget, and what became of it. Never throws. */
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

export interface CallbackAnswer {
  outcome: 'answered' | 'timeout' | 'unreachable'
  /** 0 without an answer. */
  status: number
  body: string
  /** Network error code, or ''. */
  error: string
  ms: number
}

export interface CallbackRequest {
  method: 'GET' | 'POST'
  url: URL
  body?: string
  contentType?: string
  budgetMs: number
}

const MAX_ANSWER_BYTES = 64 * 1024
/** A local workerd takes four file descriptors for each and ends when it has no more; often it has a thousand. */
const MAX_SOCKETS = 100

export interface CallbackPoster {
  request(request: CallbackRequest): Promise<CallbackAnswer>
  close(): void
}

export function createCallbackPoster(): CallbackPoster {
  const options = { keepAlive: true, maxSockets: MAX_SOCKETS }
  const agents = { 'http:': new HttpAgent(options), 'https:': new HttpsAgent(options) }
  const underWay = new Set<ReturnType<typeof httpRequest>>()

  const once = (given: CallbackRequest, startedAt: number) =>
    new Promise<CallbackAnswer | 'stale-connection'>((resolve) => {
      const { method, url, body = '', contentType, budgetMs } = given
      const isTls = url.protocol === 'https:'
      const headers = {
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
        ...(method === 'POST' ? { 'content-length': Buffer.byteLength(body) } : {}),
        accept: '*/*',
      }
      const send = isTls ? httpsRequest : httpRequest
      const outgoing = send(url, { method, headers, agent: isTls ? agents['https:'] : agents['http:'] })
      let isTimeout = false
      const settle = (answer: Omit<CallbackAnswer, 'ms'> | 'stale-connection') => {
        clearTimeout(timer)
        underWay.delete(outgoing)
        resolve(answer === 'stale-connection' ? answer : { ...answer, ms: Math.round(performance.now() - startedAt) })
      }
      const timer = setTimeout(
        () => {
          isTimeout = true
          outgoing.destroy()
        },
        Math.max(0, budgetMs - (performance.now() - startedAt)),
      )
      const fail = (error: NodeJS.ErrnoException) => {
        // A kept connection that the server had closed meanwhile says nothing about the server.
        if (!isTimeout && outgoing.reusedSocket && error.code === 'ECONNRESET') settle('stale-connection')
        else if (isTimeout) settle({ outcome: 'timeout', status: 0, body: '', error: '' })
        else settle({ outcome: 'unreachable', status: 0, body: '', error: error.code ?? 'ECONNRESET' })
      }
      outgoing.on('error', fail)
      outgoing.on('response', (response) => {
        const chunks: Buffer[] = []
        let length = 0
        response.on('data', (chunk: Buffer) => {
          length += chunk.length
          if (length <= MAX_ANSWER_BYTES) chunks.push(chunk)
        })
        response.on('error', fail)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          settle({ outcome: 'answered', status: response.statusCode ?? 0, body: text, error: '' })
        })
      })
      underWay.add(outgoing)
      outgoing.end(method === 'POST' ? body : undefined)
    })

  return {
    request: async (given) => {
      const startedAt = performance.now()
      for (;;) {
        const answer = await once(given, startedAt)
        if (answer !== 'stale-connection') return answer
      }
    },
    close: () => {
      for (const outgoing of underWay) outgoing.destroy()
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}
