/**
 * The stages over a real in-memory database, with a platform and a model made of functions: what a stage does is seen in what
 * was sent and what the rows say.
 */
import { onTestFinished } from 'vitest'
import type { AnswerEvent, Answerer, Question } from '../../bridge/answer/answerer.ts'
import type { ReplyWriter } from '../../bridge/answer/write-reply.ts'
import type { AccountSettings } from '../../bridge/settings/account-settings.ts'
import { createSettings } from '../../bridge/settings/settings.ts'
import { contentText } from '../../bridge/stages/content-text.ts'
import { createFetchStage, type FetchDeps } from '../../bridge/stages/fetch-stage.ts'
import type { WriterOptions } from '../../bridge/stages/frame-question.ts'
import type { KnowledgeSource } from '../../bridge/stages/knowledge-source.ts'
import { createNoticeStage } from '../../bridge/stages/notice-stage.ts'
import { createParseStage } from '../../bridge/stages/parse-stage.ts'
import { createReplyStage } from '../../bridge/stages/reply-stage.ts'
import { createStageHandler } from '../../bridge/stages/run-stage.ts'
import { createPartSender } from '../../bridge/stages/send-parts.ts'
import type { ServiceDesk } from '../../bridge/stages/service-desk.ts'
import { createConversationStore } from '../../bridge/store/conversation-store.ts'
import type { Database } from '../../bridge/store/database.ts'
import { createDueStore } from '../../bridge/store/due-store.ts'
import { createMessageStore, type MessageClaim, type MessageContent } from '../../bridge/store/message-store.ts'
import { migrate } from '../../bridge/store/migrate.ts'
import { createNoticeStore } from '../../bridge/store/notice-store.ts'
import { createPageStore } from '../../bridge/store/page-store.ts'
import { createParkedStore } from '../../bridge/store/parked-store.ts'
import { fromPayload } from '../../bridge/store/reply-part.ts'
import { createReplyStore } from '../../bridge/store/reply-store.ts'
import { openSqlite } from '../../bridge/store/sqlite.ts'
import { createSyncStore } from '../../bridge/store/sync-store.ts'
import { toTiming } from '../../bridge/timing.ts'
import type { MediaFile, OutgoingContent } from '../../bridge/wecom/outgoing-content.ts'
import { parsePlatformEvent } from '../../bridge/wecom/parse-platform-event.ts'
import type {
  OutgoingMessage,
  OutgoingText,
  SyncedMessage,
  SyncPage,
  SyncRequest,
} from '../../bridge/wecom/wecom-client.ts'
import { AppError } from '../../shared/app-error.ts'
import { NO_KNOWLEDGE } from './no-knowledge.ts'
import { createPlainDesk } from './plain-desk.ts'
import { createRecordingLogger } from './recording-logger.ts'

export const ACCOUNT = 'wkAAA'
export const CONV = `${ACCOUNT}:wm1`

export interface PipelineOptions {
  /** Migrated, and closed by whoever opened it; by default one in memory. */
  database?: Database
  newLease?: () => string
  sync?: (request: SyncRequest) => Promise<SyncPage>
  send?: (message: OutgoingText) => Promise<void>
  /** What is told to a customer on an event; nothing by default. */
  planNotice?: FetchDeps['planNotice']
  /** Whose the mailbox is; by default this pipeline's. */
  standing?: FetchDeps['standing']
  sendOnEvent?: (message: { code: string; msgid: string; text: string }) => Promise<void>
  serviceState?: () => Promise<number>
  accounts?: () => Promise<string[]>
  answer?: (
    question: Question,
    signal: AbortSignal,
  ) => Promise<string | { verdict: 'no_answer' | 'hand_over'; text: string }>
  /** Like `answer`, piece by piece. */
  stream?: (question: Question, signal: AbortSignal) => AsyncIterable<string>
  /** A second answerer, asked when the first has failed to the end. */
  fallback?: (question: Question, signal: AbortSignal) => Promise<string>
  read?: (message: MessageClaim) => Promise<MessageContent>
  desk?: Partial<ServiceDesk>
  knowledge?: KnowledgeSource
  settings?: Partial<AccountSettings>
  /** By default one that parts at bars and gives nothing out early. */
  createWriter?: (options: WriterOptions) => ReplyWriter
  /** Files that stored contents name. */
  media?: Readonly<Record<string, MediaFile>>
  coldStartMaxAgeMs?: number
  parseWaitMs?: number
  giveUpAfterMs?: number
  burstQuietMs?: number
}

let lastId = 0
/** The platform counts seconds: what is written in one is in the order of its page. */
const THIS_SECOND = Math.floor(Date.now() / 1000) * 1000

/** A customer's text as sync_msg gives it. */
export function customerText(text: string, over: Partial<SyncedMessage> = {}): SyncedMessage {
  lastId += 1
  const type = over.type ?? 'text'
  const base = { msgid: `m${lastId}`, openKfId: ACCOUNT, externalUserId: 'wm1', sendTime: THIS_SECOND, origin: 3 }
  return { ...base, servicerUserId: '', type, raw: JSON.stringify({ msgtype: type, text: { content: text } }), ...over }
}

/** An event of the platform about the customer. */
export function platformEvent(event: Readonly<Record<string, unknown>>): SyncedMessage {
  return customerText('', { type: 'event', origin: 4, raw: JSON.stringify({ msgtype: 'event', event }) })
}

export async function createPipeline(options: PipelineOptions = {}) {
  const database = options.database ?? (await openInMemory())
  const log = createRecordingLogger()
  const parseWaitMs = options.parseWaitMs ?? 20_000
  const timing = toTiming(1)
  const summarised: string[] = []
  const settings: AccountSettings = {
    ...createSettings({ store: { version: async () => 0, list: async () => [] }, log, everyMs: 1000 }).of(ACCOUNT),
    ...options.settings,
  }
  const settingsOf = () => settings
  const stageTiming = {
    ...timing.stage,
    giveUpAfterMs: options.giveUpAfterMs ?? timing.stage.giveUpAfterMs,
    streamAfterMs: 0,
  }
  const burst = { burstQuietMs: options.burstQuietMs ?? 0, burstMaxWaitMs: 4000 }
  const times = { ...burst, leaseMs: 60_000, parseWaitMs, ...timing.due }
  const sync = createSyncStore(database, timing.due)
  const conversations = createConversationStore(database, { parseWaitMs, ...timing.due })
  const messages = createMessageStore(database, times)
  const replies = createReplyStore(database, timing.due)
  const shutdown = new AbortController()
  const woken: { stage: string; key: string; at: number | undefined }[] = []
  const waker = {
    wake: ({ stage, key }: { stage: string; key: string }, at?: number) => void woken.push({ stage, key, at }),
    stop: () => undefined,
  }
  let leases = 0
  const ownLease = () => {
    leases += 1
    return `test:${leases}`
  }
  const newLease = options.newLease ?? ownLease
  const { now } = database
  const sent: OutgoingText[] = []
  const contents: OutgoingContent[] = []
  const asked: Question[] = []
  const wecom = {
    syncMessages: (request: SyncRequest) =>
      options.sync?.(request) ?? Promise.resolve({ messages: [], nextCursor: request.cursor, hasMore: false }),
    listAccountIds: () => options.accounts?.() ?? Promise.resolve([]),
    getServiceState: () => options.serviceState?.() ?? Promise.resolve(1),
    async sendMessage({ content, ...to }: OutgoingMessage) {
      const message = { ...to, text: contentText(content) }
      await options.send?.(message)
      sent.push(message)
      contents.push(content)
      return to.msgid
    },
    async sendOnEvent({ code, msgid, content }: { code: string; msgid: string; content: OutgoingContent }) {
      await options.sendOnEvent?.({ code, msgid, text: contentText(content) })
      return msgid
    },
  }
  const toAnswerer = (answer: NonNullable<PipelineOptions['answer']>): Answerer => ({
    name: 'test',
    async *answer(question, signal): AsyncGenerator<AnswerEvent> {
      const answered = await answer(question, signal)
      const isText = typeof answered === 'string'
      yield { kind: 'text', text: isText ? answered : answered.text }
      yield { kind: 'usage', usage: { model: 'm', inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 } }
      yield { kind: 'verdict', verdict: isText ? 'answered' : answered.verdict }
    },
  })
  const whole = toAnswerer(async (question, signal) => {
    asked.push(question)
    return (await options.answer?.(question, signal)) ?? `answer ${asked.length}`
  })
  const streaming: Answerer = {
    name: 'test',
    continues: true,
    async *answer(question, signal): AsyncGenerator<AnswerEvent> {
      asked.push(question)
      for await (const text of options.stream?.(question, signal) ?? []) yield { kind: 'text', text }
      yield { kind: 'verdict', verdict: 'answered' }
    },
  }
  const answerer = options.stream === undefined ? whole : streaming
  const loadMedia = async (key: string): Promise<MediaFile> => {
    const file = options.media?.[key]
    if (file === undefined) throw new AppError('media.missing', 'gone', { retryable: false })
    return file
  }
  const describe = (raw: string) => {
    const text = String((JSON.parse(raw) as { text?: { content?: unknown } }).text?.content ?? '')
    return { text, title: text }
  }
  const stageDeps = { log, shutdown: shutdown.signal, timing: stageTiming, observe: () => undefined }
  const handlers = {
    fetch: createStageHandler(
      createFetchStage(
        {
          sync,
          pages: createPageStore(database, times),
          wecom,
          parseEvent: parsePlatformEvent,
          readInline: (message) => (message.type === 'text' ? describe(message.raw) : undefined),
          describe,
          ...(options.planNotice && { planNotice: options.planNotice }),
          ...(options.standing && { standing: options.standing }),
          waker,
          newLease,
          now,
          log,
        },
        { timing: stageTiming, coldStartMaxAgeMs: options.coldStartMaxAgeMs ?? 600_000 },
      ),
      stageDeps,
    ),
    parse: createStageHandler(
      createParseStage(
        {
          messages,
          read: async (message) => options.read?.(message) ?? describe(message.raw),
          describe,
          waker,
          newLease,
          now,
        },
        stageTiming,
      ),
      stageDeps,
    ),
    reply: createStageHandler(
      createReplyStage(
        {
          conversations,
          messages,
          replies,
          sendParts: createPartSender({ replies, conversations, wecom, loadMedia, timing: stageTiming, now, log }),
          choose: () => [answerer, ...(options.fallback ? [toAnswerer(options.fallback)] : [])],
          desk: { ...createPlainDesk(), ...options.desk },
          knowledge: options.knowledge ?? NO_KNOWLEDGE,
          loadImages: async () => [],
          createWriter: options.createWriter ?? createPipeWriter,
          costOf: () => 7,
          settingsOf,
          summarise: (claim) => void summarised.push(claim.conv),
          getServiceState: wecom.getServiceState,
          partText: (payload) => contentText(fromPayload(payload)),
          waker,
          newLease,
          now,
          log,
        },
        { timing: stageTiming, parseWaitMs },
      ),
      stageDeps,
    ),
    notice: createStageHandler(
      createNoticeStage(
        { notices: createNoticeStore(database), wecom, fill: async (payload) => payload, waker, newLease, now, log },
        { ...timing.notice, rateWindowMs: timing.stage.rateWindowMs },
      ),
      stageDeps,
    ),
  }
  const due = createDueStore(database, timing.due)
  return {
    database,
    log,
    sync,
    conversations,
    messages,
    replies,
    parked: createParkedStore(database),
    due,
    shutdown,
    woken,
    sent,
    contents,
    summarised,
    settings,
    asked,
    handlers,
    texts: () => sent.map((message) => message.text),
    /** Makes everything due now, as if time had passed. */
    async passTime() {
      for (const table of ['sync_state', 'message', 'conversation', 'reply_part']) {
        await database.run(`update ${table} set due = 0, wake = 0 where due > 0 or wake > 0`)
      }
    },
    /** What a sweep finds goes through the stages, and what these wake, until nothing is left. */
    async sweep() {
      for (let rounds = 0; rounds < 20; rounds += 1) {
        const found = [...(await due.take(['fetch', 'parse', 'reply', 'notice'])), ...woken.splice(0)]
        if (found.length === 0) return
        for (const { stage, key } of found) await handlers[stage as keyof typeof handlers](key)
      }
    },
    /** A nudge arrives and the account is pulled. */
    async pull(token = 'token') {
      await sync.acceptNudge({ openKfId: ACCOUNT, token, createTime: Math.floor(Date.now() / 1000) })
      await sync.wantAll([ACCOUNT])
      return handlers.fetch(ACCOUNT)
    },
  }
}

/** Parts are what stands between bars; nothing goes out early. */
function createPipeWriter({ maxParts, screen }: WriterOptions): ReplyWriter {
  let raw = ''
  return {
    push(text) {
      raw += text
      return []
    },
    end() {
      const texts = raw.split('|').filter(Boolean).slice(0, maxParts)
      if (texts.length === 0) return { verdict: 'blank' }
      return screen(raw) ? { verdict: 'answered', texts } : { verdict: 'no_answer', reason: 'screened' }
    },
    text: () => raw,
    omittedLinks: () => 0,
  }
}

async function openInMemory(): Promise<Database> {
  const database = openSqlite({ path: ':memory:' })
  onTestFinished(() => database.close())
  await migrate(database)
  return database
}

/** A sync_msg that gives these pages one after the other, then empty ones. */
export function pagesOf(...pages: (readonly SyncedMessage[])[]): (request: SyncRequest) => Promise<SyncPage> {
  return async ({ cursor }) => {
    const index = cursor === '' ? 0 : Number(cursor)
    return {
      messages: [...(pages[index] ?? [])],
      nextCursor: String(Math.min(index + 1, pages.length)),
      hasMore: index + 1 < pages.length,
    }
  }
}
