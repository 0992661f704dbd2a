/** The platform's client: what `wecom-client.ts` promises, over the declared endpoints. */
import type { Logger } from '../logger.ts'
import { createAccessToken } from './access-token.ts'
import type { AccessTokenStore } from './access-token-store.ts'
import { createCall } from './call.ts'
import { createCallWithToken } from './call-with-token.ts'
import { getServiceState } from './endpoints/get-service-state.ts'
import { listAccounts } from './endpoints/list-accounts.ts'
import { sendText } from './endpoints/send-text.ts'
import { syncMessages } from './endpoints/sync-messages.ts'
import { parseSyncedMessage } from './parse-synced-message.ts'
import type { SyncedMessage, SyncRequest, WecomClient } from './wecom-client.ts'

export interface WecomClientDeps {
  /** Ends in `/cgi-bin`. */
  apiBase: string
  corpId: string
  secret: string
  tokenStore: AccessTokenStore
  log: Logger
  fetch?: typeof fetch
  /** Unix milliseconds. */
  now?: () => number
}

export interface WecomClientOptions {
  /** For one call, answer included. Default 10,000. */
  deadlineMs?: number
  /** How often to look whether another process has refreshed the token. Default 200. */
  pollMs?: number
}

const accountsPerPage = 100
const mostAccountPages = 60

export function createWecomClient(
  { apiBase, corpId, secret, tokenStore, log, fetch: fetchApi = fetch, now = Date.now }: WecomClientDeps,
  options: WecomClientOptions = {},
): WecomClient {
  const deps = { apiBase, fetch: fetchApi, now, log }
  const accessToken = createAccessToken({ ...deps, corpId, secret, store: tokenStore }, options)
  const call = createCallWithToken({ ...deps, accessToken, call: createCall({ ...deps, ...options }) })

  function parseEntries(entries: readonly unknown[], { openKfId }: SyncRequest): SyncedMessage[] {
    return entries.flatMap((entry) => {
      const parsed = parseSyncedMessage(entry, openKfId, now())
      if (parsed === undefined) log.error('wecom.entry-unreadable', { openKfId, found: typeof entry })
      else if (parsed.faults.length > 0) {
        log.warn('wecom.entry-malformed', { openKfId, msgid: parsed.message.msgid, faults: parsed.faults })
      }
      return parsed === undefined ? [] : [parsed.message]
    })
  }

  return {
    async syncMessages(request, signal) {
      const page = await call(syncMessages, request, signal)
      // An empty cursor would begin again at the oldest message; one that stands still would never come to an end.
      const nextCursor = page.nextCursor === '' ? request.cursor : page.nextCursor
      const stuck = page.hasMore && nextCursor === request.cursor
      if (stuck) log.error('wecom.cursor-stuck', { openKfId: request.openKfId })
      return { messages: parseEntries(page.entries, request), nextCursor, hasMore: page.hasMore && !stuck }
    },

    async sendText(message, signal) {
      await call(sendText, message, signal)
    },

    async listAccountIds(signal) {
      const ids = new Set<string>()
      for (let pageNumber = 0; pageNumber < mostAccountPages; pageNumber += 1) {
        const input = { offset: pageNumber * accountsPerPage, limit: accountsPerPage }
        const { accounts } = await call(listAccounts, input, signal)
        for (const { openKfId, mayUse } of accounts) if (mayUse) ids.add(openKfId)
        if (accounts.length < accountsPerPage) break
      }
      return [...ids]
    },

    getServiceState: (openKfId, externalUserId, signal) => call(getServiceState, { openKfId, externalUserId }, signal),
  }
}
