/** Every store of one database, put together for a bridge. */
import type { RefusedSecret, StoredToken } from '../wecom/access-token-store.ts'
import { createAccessStore } from './access-store.ts'
import { createAccessTokenStore } from './access-token-store.ts'
import { createAlertStore } from './alert-store.ts'
import { createAsrFaultStore } from './asr-fault-store.ts'
import { type ClockOptions, createClockStore } from './clock-store.ts'
import { createConversationStore } from './conversation-store.ts'
import { createCustomerDataStore } from './customer-data-store.ts'
import type { Database } from './database.ts'
import { createDeskStore } from './desk-store.ts'
import { createDocumentStore } from './document-store.ts'
import { createDueStore } from './due-store.ts'
import type { DueTiming } from './due-timing.ts'
import { createHealthStore } from './health-store.ts'
import { createLeaseStore } from './lease-store.ts'
import { createMailboxStore } from './mailbox-store.ts'
import { createMediaIdStore } from './media-id-store.ts'
import { createMediaRecordStore } from './media-record-store.ts'
import { createMessageStore } from './message-store.ts'
import { createMetaStore } from './meta-store.ts'
import { createNoticeStore } from './notice-store.ts'
import { createOverviewStore } from './overview-store.ts'
import { createPageStore, type PageTimes } from './page-store.ts'
import { createParkedStore } from './parked-store.ts'
import { createRatePauseStore } from './rate-pause-store.ts'
import { createReplyStore } from './reply-store.ts'
import { createRetentionStore } from './retention-store.ts'
import { createSettingStore } from './setting-store.ts'
import { createSpendStore } from './spend-store.ts'
import { createStoryStore } from './story-store.ts'
import { createSyncStore } from './sync-store.ts'
import { createTakeOverStore } from './take-over-store.ts'
import type { VectorIndex } from './vector-index.ts'
import { createVendorConversationStore } from './vendor-conversation-store.ts'

export interface StoresOptions {
  /** Who holds the lease while the access token is refreshed. */
  instanceId: string
  times: PageTimes & DueTiming & ClockOptions
  /** Under which key the vendors know a conversation. */
  toVendorKey: (conv: string) => string
  /** The database's own index of the vectors, where it has one. */
  vectors?: VectorIndex | undefined
}

const RETENTION_BATCH_ROWS = 500

export function createStores(database: Database, { instanceId, times, toVendorKey, vectors }: StoresOptions) {
  const meta = createMetaStore(database)
  const leases = createLeaseStore(database)
  return {
    meta,
    leases,
    access: createAccessStore(database),
    accessToken: createAccessTokenStore<StoredToken, RefusedSecret>({ meta, leases, instanceId }),
    alerts: createAlertStore(database),
    clock: createClockStore(database, times),
    conversations: createConversationStore(database, times),
    customerData: createCustomerDataStore(database, toVendorKey),
    desk: createDeskStore(database, times),
    documents: createDocumentStore(database, vectors),
    due: createDueStore(database, times),
    health: createHealthStore(database),
    asrFault: createAsrFaultStore(database),
    mailbox: createMailboxStore(database),
    mediaIds: createMediaIdStore(database),
    mediaRecords: createMediaRecordStore(database),
    messages: createMessageStore(database, times),
    notices: createNoticeStore(database),
    overview: createOverviewStore(database),
    pages: createPageStore(database, times),
    parked: createParkedStore(database),
    ratePauses: createRatePauseStore(database),
    replies: createReplyStore(database, times),
    retention: createRetentionStore(database, { batchRows: RETENTION_BATCH_ROWS }),
    settings: createSettingStore(database),
    spend: createSpendStore(database),
    stories: createStoryStore(database),
    sync: createSyncStore(database, times),
    takeOver: createTakeOverStore(database),
    vendorConversations: createVendorConversationStore(database),
  }
}
