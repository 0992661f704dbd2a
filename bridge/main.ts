/**
 * The bridge: the one place that knows every part and puts them together. Which parts run is said by ROLES; any number of
 * processes may run on the same database and broker.
 */
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import packageJson from '../package.json' with { type: 'json' }
import { isAppError } from '../shared/app-error.ts'
import { createChooser } from './answer/create-chooser.ts'
import { createWriter } from './answer/create-writer.ts'
import { createKnowledgeAnswerer } from './answer/knowledge.ts'
import { costMicros } from './answer/model-prices.ts'
import { splitReply } from './answer/split-reply.ts'
import { toWechatText } from './answer/to-wechat-text.ts'
import type { Bus } from './bus/bus.ts'
import { createInProcessBus } from './bus/in-process-bus.ts'
import { type Config, parseConfig } from './config.ts'
import { listOpenAlerts } from './console/alerts/list-open-alerts.ts'
import { askHealth } from './console/ask-health.ts'
import { createAlerts } from './console/create-alerts.ts'
import { type RunningConsole, startConsole } from './console/create-console.ts'
import { createMetrics } from './console/metrics.ts'
import type { Status } from './console/status-page.ts'
import { createKnowledge, type Rewrite } from './knowledge/create-knowledge.ts'
import { createKnowledgeUpkeep } from './knowledge/create-upkeep.ts'
import { createLogger, type Logger } from './logger.ts'
import { createMessageReader } from './parse/create-message-reader.ts'
import { createPageReader } from './parse/create-page-reader.ts'
import { describeMessage } from './parse/describe-message.ts'
import { ownHosts } from './parse/fetch/own-hosts.ts'
import { isSelfContained } from './parse/read-message.ts'
import { createRelay } from './relay/relay.ts'
import { createServiceDesk } from './service/create-service-desk.ts'
import { createSettings } from './settings/settings.ts'
import { createClockGuard } from './stages/clock-guard.ts'
import { contentText } from './stages/content-text.ts'
import { toConversationKey } from './stages/conversation-key.ts'
import { createLoadMedia } from './stages/create-load-media.ts'
import { createFetchStage } from './stages/fetch-stage.ts'
import { createNoticeStage } from './stages/notice-stage.ts'
import { createParseStage } from './stages/parse-stage.ts'
import { createReconcile } from './stages/reconciler.ts'
import { createReplyStage } from './stages/reply-stage.ts'
import { createRetention } from './stages/retention.ts'
import { createStageHandler } from './stages/run-stage.ts'
import { createPartSender } from './stages/send-parts.ts'
import { type RunningJob, startSingleJob } from './stages/single-job.ts'
import { createSummarise } from './stages/summarise.ts'
import { createSweep } from './stages/sweeper.ts'
import { toTurns } from './stages/to-turns.ts'
import { createWaker } from './stages/waker.ts'
import { createWatchTakeOver } from './stages/watch-take-over.ts'
import { createAccessStore } from './store/access-store.ts'
import { createAccessTokenStore } from './store/access-token-store.ts'
import { createAlertStore } from './store/alert-store.ts'
import { createClockStore } from './store/clock-store.ts'
import { createConversationStore } from './store/conversation-store.ts'
import { createCustomerDataStore } from './store/customer-data-store.ts'
import { createDeskStore } from './store/desk-store.ts'
import { createDocumentStore } from './store/document-store.ts'
import { createDueStore } from './store/due-store.ts'
import { createHealthStore } from './store/health-store.ts'
import { createInstanceStore } from './store/instance-store.ts'
import { isAlive } from './store/is-alive.ts'
import { createLeaseStore } from './store/lease-store.ts'
import { createMediaIdStore } from './store/media-id-store.ts'
import { createMediaRecordStore } from './store/media-record-store.ts'
import { createMessageStore } from './store/message-store.ts'
import { createMetaStore } from './store/meta-store.ts'
import { createNoticeStore } from './store/notice-store.ts'
import { openDatabase } from './store/open-database.ts'
import { createPageStore } from './store/page-store.ts'
import { createParkedStore } from './store/parked-store.ts'
import { checkMarks, readUnsureUntil } from './store/portable/marks.ts'
import { createRatePauseStore } from './store/rate-pause-store.ts'
import { createReplyStore, fromPayload } from './store/reply-store.ts'
import { createRetentionStore } from './store/retention-store.ts'
import { createSettingStore } from './store/setting-store.ts'
import { createStoryStore } from './store/story-store.ts'
import { createSyncStore } from './store/sync-store.ts'
import { createTakeOverStore } from './store/take-over-store.ts'
import { untilAvailable } from './store/until-available.ts'
import { createVendorConversationStore } from './store/vendor-conversation-store.ts'
import { type DatabaseState, type WatchedDatabase, watchDatabase } from './store/watch-database.ts'
import { toTiming } from './timing.ts'
import type { RefusedSecret, StoredToken } from './wecom/access-token-store.ts'
import { createWecomClient } from './wecom/create-wecom-client.ts'
import { createDeskCalls } from './wecom/desk-calls.ts'
import { describeErrcode } from './wecom/error-table.ts'
import { mediaMaxBytes } from './wecom/media-rules.ts'
import { parsePlatformEvent } from './wecom/parse-platform-event.ts'
import { readRefusedToken } from './wecom/read-refused-token.ts'
import type { SyncedMessage } from './wecom/wecom-client.ts'

// Parsing mostly waits, for sites and for its turn; few slow documents must not hold up the others.
const CONCURRENCY = { fetch: 8, parse: 32, reply: 100, notice: 32 } as const
/** Of a conversation's end, for the person who takes it over. */
const SUMMARY_ROWS = 12
const BUS_WAIT_MS = 2000
/** Connections to PostgreSQL, beside one for the jobs. With all of them a hundred replies delay a renewal by 0.2 s at most (measured). */
const CONNECTIONS = { relay: 1, fetch: 3, parse: 2, reply: 4, console: 1 } as const
const RETENTION_BATCH_ROWS = 500
/** The steps of an end, after what is running had its time: together with that, less than ten seconds. */
const [RELEASE_MS, LEAVE_MS, CLOSE_MS] = [500, 1000, 200]

/** Two signals that come closer together are one. */
const ECHO_MS = 300

interface RunningBridge {
  stop(): Promise<void>
}

async function startBridge(config: Config, log: Logger): Promise<RunningBridge> {
  const timing = toTiming(config.timeScale)
  const poolSize = [...config.roles].reduce((sum, role) => sum + CONNECTIONS[role], 1)
  const opened = await openDatabase({ url: config.databaseUrl, dataDir: config.dataDir, poolSize, log })
  const database = watchDatabase(opened, { log, probeMs: timing.sweepMs })
  const { now } = database
  const meta = createMetaStore(database)
  const patiently = <T>(work: () => Promise<T>): Promise<T> => untilAvailable(work, { log })
  const databaseId = await patiently(meta.databaseId)
  await patiently(() => checkMarks(meta))
  const instance = createInstanceStore({ database, host: hostname(), pid: process.pid, isAlive })
  await patiently(instance.register)
  const buried = await patiently(instance.buryDead)
  if (buried > 0) log.info('bridge.leases-freed', { instances: buried })

  const sync = createSyncStore(database, timing.due)
  const times = {
    burstQuietMs: config.burst.quietMs,
    burstMaxWaitMs: config.burst.maxWaitMs,
    leaseMs: timing.stage.leaseMs,
    parseWaitMs: config.parseWaitMs,
    ...timing.due,
  }
  const pages = createPageStore(database, times)
  const messages = createMessageStore(database, times)
  const conversations = createConversationStore(database, { parseWaitMs: config.parseWaitMs, ...timing.due })
  const replies = createReplyStore(database, timing.due)
  const leases = createLeaseStore(database)
  const due = createDueStore(database, timing.due)
  const parked = createParkedStore(database)
  const health = createHealthStore(database)
  const documents = createDocumentStore(database)

  const settings = createSettings({ store: createSettingStore(database), log, everyMs: timing.settingsMs })
  await patiently(settings.refresh)
  settings.start()

  const bus = await createBus(config, databaseId, log)
  const publish: Bus['publish'] = (pointer) => bus.publish(pointer)
  const waker = createWaker({ publish, now, log })
  const newLease = () => instance.newLease()

  const tokenStore = createAccessTokenStore<StoredToken, RefusedSecret>({ meta, leases, instanceId: instance.id })
  const wecom = createWecomClient(
    {
      ...config.wecom,
      tokenStore,
      accessStore: createAccessStore(database),
      mediaIdStore: createMediaIdStore(database),
      pauseStore: createRatePauseStore(database),
      log,
    },
    { deadlineMs: timing.platformDeadlineMs, rateWindowMs: timing.stage.rateWindowMs },
  )

  const takeOver = createTakeOverStore(database)
  const relay = createRelay({
    edgeUrl: config.edge.url,
    bridgeToken: config.edge.bridgeToken,
    corpId: config.wecom.corpId,
    databaseId,
    store: sync,
    publish,
    log,
    timing: timing.relay,
    takeOver: { isWanted: async () => (await takeOver.requestedAt()) !== undefined, done: takeOver.done },
  })

  const alertStore = createAlertStore(database)
  const jobs: RunningJob[] = []
  const ends: (() => Promise<unknown>)[] = []
  const heldJobs = () => jobs.filter((job) => job.isHeld).map((job) => job.name)
  const metrics = createMetrics({
    ...{ backlog: due.backlog, parked: parked.countOpen, ...askHealth({ health, now }), jobs: heldJobs, now },
    openAlerts: async () => (await alertStore.open()).map(({ key }) => key),
    relayUp: () => (relay.state().up ? 1 : 0),
    busUp: () => (bus.state().up ? 1 : 0),
    databaseUp: () => (database.state().up ? 1 : 0),
    version: packageJson.version,
  })

  const format = (text: string, maxParts: number) => splitReply(toWechatText(text), { maxBytes: 2048, maxParts })
  const partText = (payload: string) => contentText(fromPayload(payload))
  const desk = createServiceDesk(
    {
      desk: createDeskStore(database, timing.due),
      settingsOf: settings.of,
      platform: createDeskCalls(wecom),
      getCustomers: wecom.getCustomers,
      accountIds: sync.knownIds,
      turnsOf: async ({ conv, parsed }) => toTurns(await conversations.remember(conv, parsed, SUMMARY_ROWS), partText),
      forget: createCustomerDataStore(database, toConversationKey).erase,
      format,
      wakeNotice: (key) => waker.wake({ stage: 'notice', key }),
      now,
      log,
    },
    { folder: config.deskDir, filesEveryMs: timing.settingsMs, retryMs: timing.stage.unreachable.baseMs },
  )
  await desk.files.start()

  const shutdown = new AbortController()
  const stageDeps = { log, shutdown: shutdown.signal, timing: timing.stage, observe: metrics.observe }
  if (config.roles.has('fetch')) {
    const stage = createFetchStage(
      {
        sync,
        pages,
        wecom,
        parseEvent: parsePlatformEvent,
        readInline,
        describe: describeMessage,
        planNotice: desk.planNotice,
        waker,
        newLease,
        now,
        log,
      },
      {
        timing: timing.stage,
        coldStartMaxAgeMs: config.coldStartMaxAgeMs,
        unsureUntilMs: await patiently(() => readUnsureUntil(meta)),
      },
    )
    await bus.consume('fetch', { concurrency: CONCURRENCY.fetch }, createStageHandler(stage, stageDeps))
  }
  const reader = createMessageReader(
    { download: wecom.downloadMedia, records: createMediaRecordStore(database), log },
    { ...config, maxBytes: mediaMaxBytes, refusedHosts: ownHosts(config) },
  )
  if (config.roles.has('parse')) {
    const { read } = reader
    const stage = createParseStage({ messages, read, describe: describeMessage, waker, newLease, now }, timing.stage)
    await bus.consume('parse', { concurrency: CONCURRENCY.parse }, createStageHandler(stage, stageDeps))
    void reader.check()
  }
  if (config.roles.has('reply')) {
    const loadMedia = createLoadMedia({ knowledge: documents.readFile })
    const sendParts = createPartSender({
      ...{ replies, conversations, wecom, loadMedia, timing: timing.stage, now, log },
      onSent: metrics.countSent,
    })
    const settingsOf = settings.of
    const vendorConversations = createVendorConversationStore(database)
    const others = [createKnowledgeAnswerer()]
    const choose = createChooser(
      config,
      { conversations: vendorConversations, deadlineMs: timing.modelDeadlineMs, others, now, log },
      timing.breaker,
    )
    const basesOf = (openKfId: string) => settingsOf(openKfId).answer.knowledge
    const rewrite: Rewrite = async (turns, signal) => choose([])[0].rewrite?.(turns, signal) ?? []
    const knowledge = createKnowledge({ store: documents, basesOf, rewrite, log }, { ...config, databaseId })
    knowledge.start()
    ends.push(knowledge.stop)
    const stage = createReplyStage(
      {
        conversations,
        messages,
        replies,
        sendParts,
        getServiceState: wecom.getServiceState,
        choose,
        desk,
        knowledge,
        loadImages: reader.loadImages,
        createWriter,
        costOf: (usage, prices) => costMicros(usage, prices, now()),
        summarise: createSummarise({ conversations, choose, settingsOf, partText, log, shutdown: shutdown.signal }),
        settingsOf,
        partText,
        waker,
        newLease,
        now,
        log,
      },
      { timing: timing.stage, parseWaitMs: config.parseWaitMs },
    )
    await bus.consume('reply', { concurrency: CONCURRENCY.reply }, createStageHandler(stage, stageDeps))
  }

  // Where customers are heard or answered, they are told things as well.
  const tells = config.roles.has('fetch') || config.roles.has('reply')
  if (tells) {
    const notices = createNoticeStore(database)
    const fill = desk.fillNotice
    const { notice } = timing
    const stage = createNoticeStage(
      { notices, wecom, fill, waker, newLease, now, log, onSent: metrics.countSent },
      { ...notice, rateWindowMs: timing.stage.rateWindowMs },
    )
    const deps = { ...stageDeps, timing: { ...timing.stage, leaseMs: notice.leaseMs } }
    await bus.consume('notice', { concurrency: CONCURRENCY.notice }, createStageHandler(stage, deps))
  }

  const stages = (['fetch', 'parse', 'reply', 'notice'] as const).filter(
    // A broker is fed with everything; the in-process bus reaches nobody but this process.
    (stage) => config.rabbitmq !== undefined || (stage === 'notice' ? tells : config.roles.has(stage)),
  )
  await untilUp(bus)
  const sweep = createSweep({ due, publish, isUp: () => bus.state().up, stages, log })
  const jobDeps = { leases, instanceId: instance.id, timing: timing.job, log }
  const reconcile = createReconcile({ sync, wake: waker.wake, now }, { minAgeMs: timing.reconcileMinAgeMs })
  jobs.push(
    startSingleJob(
      {
        // One for all that share a broker; a process that only reaches itself has one of its own.
        name: config.rabbitmq === undefined ? `sweeper:${instance.id}` : 'sweeper',
        everyMs: timing.sweepMs,
        async run() {
          await instance.buryDead()
          await sweep()
        },
      },
      jobDeps,
    ),
    startSingleJob(
      {
        name: 'reconciler',
        everyMs: timing.reconcileMs,
        async onGained() {
          await sync.wantAll(['*'])
          waker.wake({ stage: 'fetch', key: '*' })
        },
        run: reconcile,
      },
      jobDeps,
    ),
  )
  // Twice what the longest delay and the longest lease are: no row is rightly further ahead.
  const maxAheadMs = 2 * Math.max(timing.stage.retry.maxMs, timing.stage.leaseMs)
  const guard = createClockGuard({ clock: createClockStore(database, { maxAheadMs }), now, log })
  jobs.push(
    startSingleJob({ name: 'clock', everyMs: timing.sweepMs, onGained: guard.start, run: guard.check }, jobDeps),
  )
  const retention = createRetention(
    { retention: createRetentionStore(database, { batchRows: RETENTION_BATCH_ROWS }), now, log },
    { keepMs: config.retentionMs, pauseMs: timing.retentionPauseMs },
  )
  const alerts = createAlerts(
    {
      ...{ store: alertStore, health, parked: parked.countOpen, backlog: due.backlog, now, log },
      refusedToken: () => readRefusedToken(tokenStore, config.wecom),
      meaningOf: describeErrcode,
      spendCap: (openKfId) => settings.of(openKfId).limits.dailySpend * 1_000_000,
      bus: () => bus.state(),
      ...{ edgeUrl: config.edge.url, dataDir: config.dataDir, webhook: config.alerts },
    },
    timing.alerts,
  )
  const alertJob = { name: 'alerts', everyMs: timing.alerts.everyMs, run: alerts.run, onLost: alerts.onLost }
  jobs.push(startSingleJob(alertJob, jobDeps))
  if (config.tracing !== undefined) {
    // Loaded only where traces are wanted: it is a large library.
    const { createTraceExport } = await import('./console/trace-export.ts')
    const place = { get: () => meta.get('traced'), set: (value: string) => meta.set('traced', value) }
    const stories = createStoryStore(database)
    const { run } = createTraceExport({ ...config.tracing, stories, place, version: packageJson.version, now, log })
    jobs.push(startSingleJob({ name: 'traces', everyMs: timing.tracesMs, run }, jobDeps))
  }
  const { run: forget, stop: onLost } = retention
  jobs.push(startSingleJob({ name: 'retention', everyMs: timing.retentionMs, run: forget, onLost }, jobDeps))
  // Everybody their own disk.
  const media = { name: `media:${instance.id}`, everyMs: timing.retentionMs, run: reader.sweep }
  if (config.roles.has('parse')) jobs.push(startSingleJob(media, jobDeps))
  if (config.roles.has('parse')) {
    const pages = createPageReader({ log }, { refusedHosts: ownHosts(config), proxyUrl: config.outboundProxy })
    const { embedding } = config
    const run = createKnowledgeUpkeep({ store: documents, pages, embedding, log, shutdown: shutdown.signal })
    jobs.push(startSingleJob({ name: 'knowledge', everyMs: timing.knowledgeMs, run }, jobDeps))
    ends.push(async () => pages.close())
  }
  const endIdle = () => desk.endIdle(shutdown.signal)
  jobs.push(startSingleJob({ name: 'desk', everyMs: timing.deskMs, run: endIdle }, jobDeps))
  if (config.roles.has('relay')) {
    const run = createWatchTakeOver({ takeOver, relay })
    const job = { name: 'relay', onGained: relay.start, onLost: relay.stop, run, everyMs: timing.sweepMs }
    jobs.push(startSingleJob(job, jobDeps))
  }

  const status = async (): Promise<Status> => {
    const databaseState = await probe(database)
    const isDatabaseUp = databaseState.up
    // It may go away in between.
    const refused = isDatabaseUp ? await readRefusedToken(tokenStore, config.wecom).catch(() => undefined) : undefined
    const parts = [
      { name: 'database', ...databaseState },
      { name: 'bus', ...bus.state() },
      // Only one process dials the edge; the others are ready while they stand by.
      ...(config.roles.has('relay') && jobs.at(-1)?.isHeld ? [{ name: 'relay', ...relay.state() }] : []),
      ...(refused === undefined
        ? []
        : [{ name: 'token', up: false, reason: `${refused.errcode}: ${describeErrcode(refused.errcode).meaningEn}` }]),
    ]
    const backlog = isDatabaseUp ? await due.backlog().catch(() => []) : []
    return {
      ready: parts.every((part) => part.up),
      parts,
      backlog: backlog.map(({ stage, count, oldestDue }) => ({
        stage,
        count,
        oldestSeconds: oldestDue === 0 ? 0 : Math.max(0, Math.round((now() - oldestDue) / 1000)),
      })),
      parked: isDatabaseUp ? await parked.countOpen().catch(() => 0) : 0,
      alerts: isDatabaseUp ? await listOpenAlerts(alertStore).catch(() => []) : [],
      version: packageJson.version,
      roles: [...config.roles],
      jobs: heldJobs(),
    }
  }
  const webConsole: RunningConsole | undefined = config.roles.has('console')
    ? await startConsole({ status, metrics }, config.console)
    : undefined

  log.info('bridge.started', {
    version: packageJson.version,
    roles: [...config.roles].join(','),
    database: database.engine,
    bus: config.rabbitmq === undefined ? 'in-process' : 'rabbitmq',
    answerer: [config.answerer, config.fallback].filter(Boolean).join(', then '),
    console: webConsole?.url ?? 'off',
  })

  return {
    async stop() {
      log.info('bridge.stopping')
      waker.stop()
      settings.stop()
      desk.files.stop()
      const drained = Promise.all([...jobs.map((job) => job.stop()), relay.stop(), bus.close()])
      await Promise.race([drained, sleep(timing.drainMs)])
      // What is still running gives up its lease, so that another process, or the next start, goes on at once.
      shutdown.abort(new DOMException('shutting down', 'AbortError'))
      await Promise.race([drained, sleep(RELEASE_MS)])
      reader.close()
      for (const end of ends) await Promise.race([end(), sleep(CLOSE_MS)])
      await webConsole?.close()
      // A database that is away holds nobody up: its leases run out by themselves.
      const left = instance.leave().catch((error: unknown) => log.warn('bridge.leases-kept', { error }))
      await Promise.race([left, sleep(LEAVE_MS)])
      await Promise.race([database.close(), sleep(CLOSE_MS)])
      log.info('bridge.stopped')
    },
  }
}

async function createBus({ rabbitmq }: Config, databaseId: string, log: Logger): Promise<Bus> {
  if (rabbitmq === undefined) return createInProcessBus({ log })
  // Loaded only where there is a broker: memory is dear on a small box.
  const { createRabbitmqBus } = await import('./bus/rabbitmq-bus.ts')
  return createRabbitmqBus({ ...rabbitmq, databaseId, log })
}

/** A text without a link needs nothing but itself to be read. */
function readInline({ type, raw }: SyncedMessage): { text: string; title: string } | undefined {
  return type === 'text' && isSelfContained(raw) ? describeMessage(raw) : undefined
}

/** Asks a database that was up when it was last used; of one that is down, it is known already. */
/**
 * Waits a moment for the broker: what is published before it is there would only be found by the sweeper. A bridge starts
 * without it all the same.
 */
async function untilUp(bus: Bus): Promise<void> {
  const giveUpAt = performance.now() + BUS_WAIT_MS
  while (!bus.state().up && performance.now() < giveUpAt) await sleep(20)
}

async function probe(database: WatchedDatabase): Promise<DatabaseState> {
  if (database.state().up) await database.all('select 1 as one').catch(() => undefined)
  return database.state()
}

async function main(): Promise<void> {
  let config: Config
  try {
    config = parseConfig(process.env, process.stdout.isTTY)
  } catch (error) {
    console.error(isAppError(error) ? error.message : error)
    process.exit(2)
  }
  const log = createLogger(config.log)
  for (const name of config.obsolete) log.warn('config.obsolete', { name, note: 'no longer needed, has no effect' })

  let bridge: RunningBridge | undefined
  let stoppingSince: number | undefined
  const stop = async (signal: string) => {
    if (stoppingSince !== undefined) {
      // The second signal means it, unless it is the first one's echo: npm passes on what the terminal has sent to all.
      if (performance.now() - stoppingSince > ECHO_MS) process.exit(1)
      return
    }
    stoppingSince = performance.now()
    log.info('bridge.signal', { signal })
    await bridge?.stop()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal))
  process.on('unhandledRejection', (error) => {
    log.error('bridge.crashed', { error })
    process.exit(1)
  })

  try {
    bridge = await startBridge(config, log)
  } catch (error) {
    log.error('bridge.start-failed', { error })
    process.exit(1)
  }
}

await main()
