import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AccessTokenStore, RefusedSecret, StoredToken } from '../../../../bridge/wecom/access-token-store.ts'

export const secret = 'SECRET-of-43-characters-that-nobody-may-see'
export const corpId = 'ww12345678910'

export interface StubCall {
  path: string
  method: string
  query: URLSearchParams
  /** The bytes as text, before any JSON is parsed. */
  body: string
}

/** An object is answered as JSON with 200; a function gets the bare response. */
export type StubAnswer = object | ((response: ServerResponse, request: IncomingMessage) => void)

/** A real HTTP server that answers by path. gettoken gives `token-1`, `token-2`, … unless `answers.gettoken` is set. */
export async function startPlatform(answers: Record<string, (call: StubCall, no: number) => StubAnswer> = {}) {
  const calls: StubCall[] = []
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://stub')
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    const path = url.pathname.replace('/cgi-bin/', '')
    const call = { path, method: request.method ?? '', query: url.searchParams, body }
    calls.push(call)
    const no = calls.filter((earlier) => earlier.path === path).length
    const answer =
      answers[path]?.(call, no) ??
      (path === 'gettoken'
        ? { errcode: 0, errmsg: 'ok', access_token: `token-${no}`, expires_in: 7200 }
        : { errcode: 0 })
    if (typeof answer === 'function') answer(response, request)
    else response.setHeader('content-type', 'application/json; charset=UTF-8').end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    apiBase: `http://127.0.0.1:${(server.address() as AddressInfo).port}/cgi-bin`,
    calls,
    count: (path: string) => calls.filter((call) => call.path === path).length,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Shared by as many clients as a test wants: they are the processes. */
export function createMemoryTokenStore() {
  let token: StoredToken | undefined
  let refusal: RefusedSecret | undefined
  let isLeased = false
  const store: AccessTokenStore = {
    load: async () => token,
    save: async (next) => {
      token = next
    },
    loadRefusal: async () => refusal,
    saveRefusal: async (next) => {
      refusal = next
    },
    async withRefreshLease(refresh) {
      if (isLeased) return undefined
      isLeased = true
      try {
        return await refresh()
      } finally {
        isLeased = false
      }
    },
  }
  return Object.assign(store, { lines: () => JSON.stringify([token?.fingerprint, refusal]) })
}

/** Everything that an error would show to whoever prints it, its causes included. */
export function shownOf(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error)
  return [String(error.stack), JSON.stringify(error), error.cause === undefined ? '' : shownOf(error.cause)].join('\n')
}
