/**
 * The stages and the service desk over a real database and the simulated platform, in one process, with one clock for all of it that a test moves.
 * There is no Worker and no bus: `settle` pulls what is new and runs whatever was woken, until nothing is left.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import type { AnswerEvent, Answerer, Question } from '../../bridge/answer/answerer.ts'
import type { ReplyWriter } from '../../bridge/answer/write-reply.ts'
import { describeMessage } from '../../bridge/parse/describe-message.ts'
import { createServiceDesk } from '../../bridge/service/create-service-desk.ts'
import { toLocalTime } from '../../bridge/service/local-time.ts'
import { parseSetting } from '../../bridge/settings/parse-setting.ts'
import { createSettings } from '../../bridge/settings/settings.ts'
import { createSpending } from '../../bridge/spending/create-spending.ts'
import { contentText } from '../../bridge/stages/content-text.ts'
import { toConversationKey } from '../../bridge/stages/conversation-key.ts'
import { createFetchStage } from '../../bridge/stages/fetch-stage.ts'
import { createNoticeStage } from '../../bridge/stages/notice-stage.ts'
import { createReplyStage } from '../../bridge/stages/reply-stage.ts'
import { createStageHandler } from '../../bridge/stages/run-stage.ts'
import { createPartSender } from '../../bridge/stages/send-parts.ts'
import { toTurns } from '../../bridge/stages/to-turns.ts'
import { toOpenKfId } from '../../bridge/store/conversation-id.ts'
import { createConversationStore } from '../../bridge/store/conversation-store.ts'
import { createCustomerDataStore } from '../../bridge/store/customer-data-store.ts'
import { createDeskStore } from '../../bridge/store/desk-store.ts'
import { createDueStore } from '../../bridge/store/due-store.ts'
import { createMessageStore } from '../../bridge/store/message-store.ts'
import { migrate } from '../../bridge/store/migrate.ts'
import { createNoticeStore } from '../../bridge/store/notice-store.ts'
import { createPageStore } from '../../bridge/store/page-store.ts'
import { fromPayload } from '../../bridge/store/reply-part.ts'
import { createReplyStore } from '../../bridge/store/reply-store.ts'
import { createSettingStore } from '../../bridge/store/setting-store.ts'
import { createSpendStore } from '../../bridge/store/spend-store.ts'
import { openSqlite } from '../../bridge/store/sqlite.ts'
import { createSyncStore } from '../../bridge/store/sync-store.ts'
import { toTiming } from '../../bridge/timing.ts'
import { createWecomClient } from '../../bridge/wecom/create-wecom-client.ts'
import { createDeskCalls } from '../../bridge/wecom/desk-calls.ts'
import { parsePlatformEvent } from '../../bridge/wecom/parse-platform-event.ts'
import { createSimulator, type SimulatorOptions } from '../simulator/create-simulator.ts'
import { createMemoryTokenStore } from '../unit/bridge/wecom/platform-stub.ts'
import { NO_KNOWLEDGE } from './no-knowledge.ts'
import { createRecordingLogger } from './recording-logger.ts'

export const ACCOUNT = 'wkDesk'
export const OTHER_ACCOUNT = 'wkOther'
export const CUSTOMER = 'wmXiaoyu'
export const SERVICERS = ['lisi', 'zhangsan'] as const

export interface DeskStackOptions {
  simulator?: Partial<SimulatorOptions>
  /** By `section.field`, for all accounts. */
  settings?: Readonly<Record<string, unknown>>
  /** What the model says; by default an answer that names the question. */
  answer?: (question: Question) => Promise<string | { verdict: 'no_answer' | 'hand_over'; text: string }>
  /** What its answers cost, in millionths of a yuan. */
  costMicros?: number
  giveUpAfterMs?: number
  /** Awaited before each call of the desk's platform: a promise that never ends is a process that died there. */
  onCall?: (name: string) => Promise<void> | undefined
}

export async function startDeskStack(options: DeskStackOptions = {}) {
  const simulator = await createSimulator({
    corpId: 'ww0123456789abcdef',
    secret: 'the-secret-of-the-app',
    callback: { token: 'QDG6eK', aesKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C' },
    accounts: [
      { name: '售前', openKfId: ACCOUNT, servicers: [...SERVICERS] },
      { name: '售后', openKfId: OTHER_ACCOUNT, servicers: [...SERVICERS] },
    ],
    customers: [{ name: '小雨', externalUserId: CUSTOMER }],
    ...options.simulator,
    switches: { tokenlessSyncsPerMinute: null, callbackGapsMs: [], ...options.simulator?.switches },
  })
  onTestFinished(() => simulator.close())
  let movedMs = 0
  const now = () => Date.now() + movedMs
  const database = openSqlite({ path: ':memory:', now })
  onTestFinished(() => database.close())
  await migrate(database)
  const folder = mkdtempSync(join(tmpdir(), 'kefu-desk-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))

  const log = createRecordingLogger()
  const timing = toTiming(1)
  const stageTiming = { ...timing.stage, giveUpAfterMs: options.giveUpAfterMs ?? timing.stage.giveUpAfterMs }
  const due = { ...timing.due, graceMs: 0, againMs: 0 }
  const times = { burstQuietMs: 0, burstMaxWaitMs: 0, leaseMs: 60_000, parseWaitMs: 20_000, ...due }
  const settingStore = createSettingStore(database)
  const settings = createSettings({ store: settingStore, log, everyMs: 60_000 })
  const set = async (key: string, value: unknown, scope = '*') => {
    await settingStore.change([{ scope, key, value: JSON.stringify(parseSetting(key, value)) }])
    await settings.refresh()
  }
  await settings.refresh()
  for (const [key, value] of Object.entries(options.settings ?? {})) await set(key, value)

  const wecom = createWecomClient(
    {
      ...{ apiBase: simulator.apiBase, corpId: 'ww0123456789abcdef', secret: 'the-secret-of-the-app', log, now },
      tokenStore: createMemoryTokenStore(),
    },
    { deadlineMs: 5000, pollMs: 5 },
  )
  const sync = createSyncStore(database, due)
  const conversations = createConversationStore(database, { parseWaitMs: 20_000, ...due })
  const woken: { stage: string; key: string; at: number }[] = []
  const waker = {
    wake: ({ stage, key }: { stage: string; key: string }, at = 0) => void woken.push({ stage, key, at }),
    stop: () => undefined,
  }
  let leases = 0
  const newLease = () => `test:${++leases}`
  const spending = createSpending({
    store: createSpendStore(database),
    costOf: () => options.costMicros ?? 0,
    dayOf: (openKfId) => toLocalTime(now(), settings.of(openKfId).hours.timeZone).day,
    ...{ now, log },
  })
  const shutdown = new AbortController()
  const stageDeps = { log, shutdown: shutdown.signal, timing: stageTiming, observe: () => undefined }
  const deskStore = createDeskStore(database, due)
  const partText = (payload: string) => contentText(fromPayload(payload))
  const desk = createServiceDesk(
    {
      desk: deskStore,
      settingsOf: settings.of,
      platform: withCalls(createDeskCalls(wecom), options.onCall),
      getCustomers: wecom.getCustomers,
      accountIds: sync.knownIds,
      turnsOf: async ({ conv, parsed }) => toTurns(await conversations.remember(conv, parsed, 12), partText),
      forget: createCustomerDataStore(database, toConversationKey).erase,
      spentToday: spending.spentToday,
      format: (text, maxParts) => [text].slice(0, maxParts),
      wakeNotice: (key) => waker.wake({ stage: 'notice', key }),
      ...{ now, log },
    },
    { folder, filesEveryMs: 60_000, retryMs: 10 },
  )
  onTestFinished(() => desk.files.stop())
  await desk.files.look()

  const replies = createReplyStore(database, due)
  const asked: Question[] = []
  const askedWhom: string[] = []
  const toAnswerer = (name: string): Answerer => ({
    name,
    async *answer(question): AsyncGenerator<AnswerEvent> {
      asked.push(question)
      askedWhom.push(name)
      const answered = (await options.answer?.(question)) ?? `答：${question.turns.at(-1)?.text}`
      const isText = typeof answered === 'string'
      yield { kind: 'text', text: isText ? answered : answered.text }
      spending.count({ purpose: 'answer', model: 'm' })
      yield { kind: 'verdict', verdict: isText ? 'answered' : answered.verdict }
    },
  })
  const loadMedia = async (): Promise<never> => {
    throw new Error('there are no files here')
  }

  const handlers: Record<string, (key: string) => Promise<unknown>> = {
    fetch: createStageHandler(
      createFetchStage(
        {
          ...{ sync, pages: createPageStore(database, times), wecom, parseEvent: parsePlatformEvent },
          readInline: ({ type, raw }) => (type === 'text' ? describeMessage(raw) : undefined),
          ...{ describe: describeMessage, planNotice: desk.planNotice, waker, newLease, now, log },
        },
        { timing: timing.stage, coldStartMaxAgeMs: 600_000 },
      ),
      stageDeps,
    ),
    reply: createStageHandler(
      createReplyStage(
        {
          ...{ conversations, replies, desk, partText, waker, newLease, now, log },
          messages: createMessageStore(database, times),
          sendParts: createPartSender({ replies, conversations, wecom, loadMedia, timing: stageTiming, now, log }),
          choose: (names) => [toAnswerer(names[0] ?? 'model')],
          knowledge: NO_KNOWLEDGE,
          loadImages: async () => [],
          createWriter: createWholeWriter,
          costOf: () => options.costMicros ?? 0,
          settingsOf: settings.of,
          summarise: () => undefined,
          getServiceState: wecom.getServiceState,
        },
        { timing: stageTiming, parseWaitMs: 20_000 },
      ),
      stageDeps,
    ),
    notice: createStageHandler(
      createNoticeStage(
        {
          ...{ notices: createNoticeStore(database), wecom, fill: desk.fillNotice },
          ...{ waker, newLease, now, log },
        },
        { ...timing.notice, retry: { baseMs: 1, maxMs: 2 }, rateWindowMs: 60_000 },
      ),
      stageDeps,
    ),
  }
  const dueStore = createDueStore(database, due)

  const run = async ({ stage, key }: { stage: string; key: string }) =>
    void (await spending.forAccount(toOpenKfId(key), async () => handlers[stage]?.(key)))
  /** Runs what was woken and is due, in the order in which it was woken. */
  const runWoken = async () => {
    for (let rounds = 0; rounds < 100; rounds += 1) {
      const index = woken.findIndex(({ at }) => at <= now() + 50)
      const [next] = index < 0 ? [] : woken.splice(index, 1)
      if (next === undefined) return
      if (next.at > now()) await sleep(next.at - now() + 1)
      await run(next)
    }
    throw new Error('it never comes to rest')
  }
  const accounts = [ACCOUNT, OTHER_ACCOUNT]

  return {
    ...{ simulator, database, log, settings, set, wecom, conversations, desk, deskStore, handlers, folder, woken, now },
    ...{ asked, askedWhom, shutdown },
    place: { openKfId: ACCOUNT, externalUserId: CUSTOMER },
    conv: `${ACCOUNT}:${CUSTOMER}`,
    /** Time goes by for everybody. */
    pass(ms: number) {
      movedMs += ms
      simulator.moveClock({ ms })
    },
    /** Stores what is new and no more: what it woke waits. */
    async pull() {
      for (const openKfId of accounts) {
        await sync.wantAll([openKfId])
        await handlers.fetch?.(openKfId)
      }
    },
    runWoken,
    /** All that is new, and all that follows from it. */
    async settle() {
      for (const openKfId of accounts) {
        await sync.wantAll([openKfId])
        await handlers.fetch?.(openKfId)
      }
      await runWoken()
    },
    /** Whoever held something is dead. */
    async bury() {
      for (const table of ['conversation', 'reply_part']) {
        await database.run(`update ${table} set lease = '', lease_until = 0, due = 0, wake = 0 where lease_until > 0`)
      }
    },
    /** What a sweep finds, as after a crash that took what was woken. */
    async sweep() {
      woken.splice(0)
      for (const pointer of await dueStore.take(['notice', 'reply'])) await run(pointer)
      await runWoken()
    },
    /** What the customer got, in words. */
    got: (externalUserId = CUSTOMER) =>
      simulator
        .delivered()
        .filter((record) => record.externalUserId === externalUserId)
        .map((record) => record.text || JSON.stringify(record.body)),
    parts: () =>
      database.all<{ msgid: string; channel: string; state: string; err: string; payload: string }>(
        'select msgid, channel, state, err, payload from reply_part order by created_at, no',
      ),
    changes: async () =>
      (
        await database.all<{ state: number; servicer: string; cause: string }>(
          'select state, servicer, cause from desk_change order by at, id',
        )
      ).map(({ state, servicer, cause }) => [state, servicer, cause].filter((value) => value !== '').join(' ')),
  }
}

function withCalls<T extends object>(calls: T, onCall: DeskStackOptions['onCall']): T {
  const entries = Object.entries(calls).map(([name, call]) => [
    name,
    async (...given: unknown[]) => {
      await onCall?.(name)
      return (call as (...all: unknown[]) => unknown)(...given)
    },
  ])
  return Object.fromEntries(entries) as T
}

/** Gives an answer out in one piece, at its end. */
function createWholeWriter({ maxParts }: { maxParts: number }): ReplyWriter {
  let text = ''
  return {
    push(piece) {
      text += piece
      return []
    },
    end: () => ({ verdict: 'answered', texts: text.split('|').slice(0, maxParts) }),
    text: () => text,
    omittedLinks: () => 0,
  }
}

export type DeskStack = Awaited<ReturnType<typeof startDeskStack>>
