/** The platform's client: what `wecom-client.ts` promises, over the declared endpoints. */
import { createHash } from 'node:crypto'
import { isAppError } from '../../shared/app-error.ts'
import type { Logger } from '../logger.ts'
import { type AccessStore, createAccessMemory } from './access-memory.ts'
import { createAccessToken } from './access-token.ts'
import type { AccessTokenStore } from './access-token-store.ts'
import { createPrepareCall } from './call.ts'
import { createCallLimiter } from './call-limiter.ts'
import { createCustomerBook } from './customer-book.ts'
import { createDownloadMedia } from './download-media.ts'
import type { Endpoint } from './endpoint.ts'
import { getServiceState } from './endpoints/get-service-state.ts'
import { type Account, listAccounts } from './endpoints/list-accounts.ts'
import { sendMessage } from './endpoints/send-message.ts'
import { sendOnEvent } from './endpoints/send-on-event.ts'
import { syncMessages } from './endpoints/sync-messages.ts'
import { uploadMedia } from './endpoints/upload-media.ts'
import { createMediaIds, type MediaIdStore } from './media-ids.ts'
import { createMemoryAccessStore, createMemoryMediaIdStore, createMemoryPauseStore } from './memory-stores.ts'
import { mediaOf } from './outgoing-content.ts'
import { parseSyncedMessage } from './parse-synced-message.ts'
import { createSharedPauses, type PauseStore } from './shared-pauses.ts'
import { toFingerprint } from './to-fingerprint.ts'
import type { OutgoingMessage, SyncedMessage, SyncRequest, WecomClient } from './wecom-client.ts'
import { createWithToken } from './with-token.ts'

export interface WecomClientDeps {
  /** Ends in `/cgi-bin`. */
  apiBase: string
  corpId: string
  secret: string
  tokenStore: AccessTokenStore
  /** Default: in memory, for this process alone. */
  accessStore?: AccessStore
  /** Default: in memory, for this process alone. */
  mediaIdStore?: MediaIdStore
  /** Default: what 45009 demands is known to this process alone. */
  pauseStore?: PauseStore
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
  /** How long an API rests after 45009. Default 60,000. */
  rateWindowMs?: number
}

const accountsPerPage = 100
const mostAccountPages = 60

export function createWecomClient(
  {
    apiBase,
    corpId,
    secret,
    tokenStore,
    log,
    fetch: fetchApi = fetch,
    now = Date.now,
    accessStore = createMemoryAccessStore(),
    mediaIdStore = createMemoryMediaIdStore(now),
    pauseStore = createMemoryPauseStore(),
  }: WecomClientDeps,
  options: WecomClientOptions = {},
): WecomClient {
  const deps = { apiBase, fetch: fetchApi, now, log }
  const { rateWindowMs: windowMs = 60_000 } = options
  const accessToken = createAccessToken({ ...deps, corpId, secret, store: tokenStore }, options)
  const withToken = createWithToken({ accessToken, now, log })
  const pauses = createSharedPauses({ store: pauseStore, now, log })
  const limiter = createCallLimiter({ now, onBlocked: pauses.tell }, { windowMs })
  const access = createAccessMemory({
    store: accessStore,
    fingerprint: toFingerprint({ apiBase, corpId, secret }),
    now,
    log,
  })
  const prepare = createPrepareCall({ ...deps, ...options })

  /** One request, or two when its token was refused; each under the limits. */
  const limited = async <T>(
    path: string,
    key: string,
    operate: (token: string) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> => {
    await pauses.learn(limiter)
    return withToken(path, (token) => limiter.run(path, key, () => operate(token), signal), signal)
  }

  async function call<Input, Output>(
    endpoint: Endpoint<Input, Output>,
    input: Input,
    signal: AbortSignal,
  ): Promise<Output> {
    const { path } = endpoint
    const request = prepare(endpoint, input)
    const operate = () => limited(path, endpoint.rateKey?.(input) ?? path, (token) => request(token, signal), signal)
    const variant = endpoint.variantOf?.(input)
    if (variant !== undefined) return access.run(`${path} ${variant.name}`, '', operate, variant.lackedAt)
    return endpoint.optionalFor === undefined ? operate() : access.run(path, endpoint.optionalFor(input), operate)
  }

  const mediaIds = createMediaIds({
    store: mediaIdStore,
    upload: (type, file, signal) => call(uploadMedia, { type, file }, signal),
    ...{ corpId, now, log },
  })
  const customers = createCustomerBook({ call, now })
  const downloadMedia = createDownloadMedia({
    ...deps,
    ...options,
    run: (path, operate, signal) => limited(path, path, operate, signal),
  })

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

  async function listAllAccounts(signal: AbortSignal): Promise<Account[]> {
    const byId = new Map<string, Account>()
    for (let pageNumber = 0; pageNumber < mostAccountPages; pageNumber += 1) {
      const input = { offset: pageNumber * accountsPerPage, limit: accountsPerPage }
      const page = await call(listAccounts, input, signal)
      for (const account of page) byId.set(account.openKfId, account)
      if (page.length < accountsPerPage) break
    }
    return [...byId.values()]
  }

  async function send(message: OutgoingMessage, signal: AbortSignal): Promise<string> {
    const needed = mediaOf(message.content)
    if (needed === undefined) return call(sendMessage, { ...message, mediaId: '' }, signal)
    // What would be refused anyway is refused before anything is uploaded.
    sendMessage.toBody?.({ ...message, mediaId: 'checked-later' })
    const sendWith = async (mediaId: string, isRenewed: boolean) => {
      try {
        return await call(sendMessage, { ...message, mediaId }, signal)
      } catch (error) {
        // The platform may hold the msgid of the refused try for used. Nothing was sent under it: it goes under another one,
        // always the same for this message.
        const isBurnt = isRenewed && isAppError(error, 'wecom.refused') && error.details.action === 'accepted-before'
        if (!isBurnt || message.msgid === '') throw error
        return call(sendMessage, { ...message, mediaId, msgid: toNextMsgid(message.msgid) }, signal)
      }
    }
    return mediaIds.use(needed.type, needed.media, sendWith, signal)
  }

  return {
    call,
    downloadMedia,
    sendMessage: send,
    listAccounts: listAllAccounts,
    getCustomers: customers.get,
    shareLimits: limiter.share,
    callsLeft: limiter.left,
    access: { list: access.list, clear: access.clear },

    async syncMessages(request, signal) {
      const page = await call(syncMessages, request, signal)
      // An empty cursor would begin again at the oldest message.
      const nextCursor = page.nextCursor === '' ? request.cursor : page.nextCursor
      const { hasMore } = page
      const isStuck = hasMore && nextCursor === request.cursor
      if (isStuck) log.error('wecom.cursor-stuck', { openKfId: request.openKfId })
      return { messages: parseEntries(page.entries, request), nextCursor, hasMore, ...(isStuck && { isStuck }) }
    },

    async sendText({ text, ...message }, signal) {
      await send({ ...message, content: { type: 'text', text } }, signal)
    },

    sendOnEvent: (message, signal) => call(sendOnEvent, message, signal),

    async listAccountIds(signal) {
      const accounts = await listAllAccounts(signal)
      return accounts.filter(({ mayUse }) => mayUse).map(({ openKfId }) => openKfId)
    },

    async getServiceState(openKfId, externalUserId, signal) {
      return (await call(getServiceState, { openKfId, externalUserId }, signal)).state
    },

    uploadMedia: (type, media, signal) => mediaIds.get(type, media, signal),
  }
}

function toNextMsgid(msgid: string): string {
  return createHash('sha256').update(`${msgid}/media-renewed`).digest('hex').slice(0, 32)
}
