/** One run: customers write, everything is killed and cut at the times of the schedule, then the dust settles and the records are judged. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase } from '../../bridge/store/open-database.ts'
import { createParkedStore } from '../../bridge/store/parked-store.ts'
import { createSettingStore } from '../../bridge/store/setting-store.ts'
import { createChance } from '../simulator/chance.ts'
import { type PostgresServer, startPostgresServer } from '../support/postgres-server.ts'
import { type RabbitmqServer, startRabbitmqServer } from '../support/rabbitmq-server.ts'
import { createRecordingLogger } from '../support/recording-logger.ts'
import { askedTexts, type ModelRequest } from '../support/stand-in-model.ts'
import { startStack } from '../support/start-stack.ts'
import { checkRecords, isAccountedFor, MESSAGE_ID, type Verdict } from './check-records.ts'
import { createModelMishaps, platformFaults } from './faults.ts'
import { type FlakyProxy, startFlakyProxy } from './flaky-proxy.ts'
import { type KeptBridge, keepBridge } from './keep-bridge.ts'
import { createSchedule, type Line, type Plan, type Trouble, type Victim } from './schedule.ts'

export interface ScenarioOptions extends Plan {
  engine: 'sqlite' | 'postgres'
  /** After the last trouble, for what is still unanswered. */
  drainSeconds: number
  /** Hears of progress every five seconds. */
  onProgress?: (line: string) => void
}

export interface ScenarioResult {
  verdict: Verdict
  kills: Record<Victim, number>
  cuts: number
  /** Bridges that ended by themselves. */
  crashes: number
  seconds: number
  /** What the bridge itself says it has given up, by stage: to compare with the verdict. */
  parked: Record<string, number>
  /** Answers that the platform did not deliver, and that no person is told of. */
  untold: number
  /** The records and the logs of the bridges, kept for whoever looks for a cause; the caller removes it. */
  folder: string
}

/** Ten times as impatient as in real use. */
const TIME_SCALE = 0.1
const ACCOUNTS = 3
/** Four a minute in real use, on a clock ten times as fast, and a little for the faults. */
const TOKENLESS_PULLS = 80
const MODEL_DELAY_MS = 80
/** So that a long answer takes a while: it comes in six pieces. */
const MODEL_PIECE_MS = 60
const FILLER = '这里是详细说明。'.repeat(30)
/** In which a late second copy would arrive: the sweeper looks again after 1.5 s, an unreachable platform is tried after 3 s at most. */
const LINGER_MS = 5000
const PROGRESS_EVERY_MS = 5000
/** Of what the platform has accepted; an event says so later. */
const SEND_FAIL_CHANCE = 0.02
/** For the last of these events: their callback may be lost, and then a reconciling pull finds them. */
const TOLD_WITHIN_MS = 30_000

export async function runScenario(options: ScenarioOptions): Promise<ScenarioResult> {
  const folder = await mkdtemp(join(tmpdir(), 'kefu-chaos-'))
  const ends: (() => Promise<unknown>)[] = []
  try {
    return await run(options, folder, ends)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  } finally {
    for (const end of ends.reverse()) await end().catch((error: unknown) => console.error(error))
  }
}

async function run(
  options: ScenarioOptions,
  folder: string,
  ends: (() => Promise<unknown>)[],
): Promise<ScenarioResult> {
  const { engine, seed, onProgress } = options
  const startedAt = performance.now()
  const servers = engine === 'postgres' ? await startServers(ends) : undefined
  const stack = await startStack({
    model: {
      reply: echoIds,
      delayMs: MODEL_DELAY_MS,
      pieceDelayMs: MODEL_PIECE_MS,
      mishap: createModelMishaps(createChance(seed + 1)),
    },
    simulator: {
      seed: seed + 2,
      accounts: Array.from({ length: ACCOUNTS }, (_, index) => ({ name: `客服${index}` })),
      faults: platformFaults(),
      switches: {
        tokenlessSyncsPerMinute: TOKENLESS_PULLS,
        tokenlessBudgetScope: 'corp',
        lostCallbackChance: 0.03,
        duplicateCallbackChance: 0.1,
        lateCallbackChance: 0.1,
        sendFailChance: SEND_FAIL_CHANCE,
        sendFailType: 3,
      },
    },
  })
  ends.push(stack.stop)
  const { simulator } = stack

  const lines = await startLines(ends, {
    edge: stack.edge.url,
    callbacks: stack.edge.url,
    platform: simulator.url,
    model: stack.model.baseUrl,
    ...(servers && {
      broker: `amqp://${servers.rabbitmq.address.host}:${servers.rabbitmq.address.port}`,
      database: servers.databaseUrl,
    }),
  })
  const through = (line: Line, url: string) => withPort(url, lines.get(line)?.port)
  await simulator.setCallback({ url: through('callbacks', `${stack.edge.url}/callback`) })

  const bridgeEnv = {
    ...stack.bridgeEnv,
    EDGE_URL: through('edge', stack.edge.url),
    WECHAT_API_BASE: through('platform', simulator.apiBase),
    DEEPSEEK_BASE_URL: through('model', stack.model.baseUrl),
    TIME_SCALE: String(TIME_SCALE),
    BURST_QUIET_MS: '100',
    BURST_MAX_WAIT_MS: '500',
    // Three hundred starts: most of a start is compiling.
    NODE_COMPILE_CACHE: join(folder, 'compile-cache'),
    ...(servers && {
      DATABASE_URL: through('database', servers.databaseUrl),
      RABBITMQ_HOST: '127.0.0.1',
      RABBITMQ_PORT: String(lines.get('broker')?.port),
    }),
  }
  await allowFloods(servers?.databaseUrl, stack.bridgeEnv.DATA_DIR ?? '')
  const bridges: KeptBridge[] = Array.from({ length: options.bridges }, (_, slot) =>
    keepBridge({ env: bridgeEnv, logFile: join(folder, `bridge-${slot}.log`), restartMs: 50 }),
  )
  ends.push(() => Promise.all(bridges.map((bridge) => bridge.stop())))

  const kills: Record<Victim, number> = { bridge: 0, broker: 0, database: 0, edge: 0 }
  let cuts = 0
  const repairs = new Set<Promise<void>>()
  const repairing = new Set<Victim>()
  const failedRepairs: unknown[] = []

  /** Kills it and brings it back, unless it is still coming back from the last time. */
  const killAndRestart = (victim: Exclude<Victim, 'bridge'>, restart: () => Promise<void>) => {
    if (repairing.has(victim)) return
    repairing.add(victim)
    kills[victim] += 1
    const repair = tryTwice(restart)
      .catch((error: unknown) => void failedRepairs.push(error))
      .finally(() => {
        repairing.delete(victim)
        repairs.delete(repair)
      })
    repairs.add(repair)
  }

  const foreign = simulator.addAccount({ name: '别家客服', authorised: false })
  const stranger = simulator.addCustomer({ name: '陌生人' })
  const cause = (trouble: Trouble): void => {
    switch (trouble.kind) {
      case 'kill':
        if (trouble.victim === 'bridge') void bridges[trouble.slot]?.kill()
        else if (trouble.victim === 'edge') killAndRestart('edge', stack.restartEdge)
        else if (trouble.victim === 'broker' && servers) killAndRestart('broker', servers.rabbitmq.restart)
        else if (servers) killAndRestart('database', servers.postgres.restart)
        return
      case 'cut':
      case 'stall':
        cuts += 1
        void lines.get(trouble.line)?.[trouble.kind](trouble.forMs)
        return
      case 'revoke-token':
        simulator.revokeAccessTokens()
        return
      case 'foreign-callback':
        simulator.customerWrites({ openKfId: foreign.openKfId, externalUserId: stranger.externalUserId, text: '在吗' })
    }
  }

  const accounts = simulator.overview().accounts.filter((account) => account.authorised)
  const customers = Array.from({ length: options.customers }, (_, index) => ({
    openKfId: accounts[index % accounts.length]?.openKfId,
    externalUserId: simulator.addCustomer({ name: `客户${index}` }).externalUserId,
  }))
  const schedule = createSchedule(options, [...lines.keys()])
  const write = ({ customer, id, kind }: (typeof schedule.writings)[number]) => {
    const place = customers[customer]
    if (place === undefined) return
    if (kind === 'text') simulator.customerWrites({ ...place, text: `请问 ${id} 怎么办？` })
    else
      simulator.customerSends({
        ...place,
        msgtype: 'location',
        body: { latitude: 1, longitude: 2, name: id, address: '' },
      })
  }

  const judge = () => checkRecords(simulator.records().records)
  let toldAt = 0
  const tell = (phase: string) => {
    if (performance.now() - toldAt < PROGRESS_EVERY_MS) return
    toldAt = performance.now()
    const { written, answeredOnce, lost, apologised } = judge()
    const bridgeKills = bridges.reduce((sum, bridge) => sum + bridge.kills, 0)
    const killed = `${bridgeKills} bridges, ${kills.broker} brokers, ${kills.database} databases, ${kills.edge} edges`
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    onProgress?.(
      `${engine} ${phase} ${seconds} s: ${written} written, ${answeredOnce} answered, ${lost.length} waiting, ${apologised.length} apologised; killed ${killed}; ${cuts} cuts`,
    )
  }

  const begin = performance.now()
  const steps = [
    ...schedule.writings.map((writing) => ({ atMs: writing.atMs, act: () => write(writing) })),
    ...schedule.troubles.map((trouble) => ({ atMs: trouble.atMs, act: () => cause(trouble) })),
  ].sort((a, b) => a.atMs - b.atMs)
  for (const { atMs, act } of steps) {
    for (;;) {
      const left = atMs - (performance.now() - begin)
      if (left <= 0) break
      await sleep(Math.min(left, 500))
    }
    act()
    tell('storm')
    if (failedRepairs.length > 0) throw new AggregateError(failedRepairs, 'what was killed could not be started again')
  }

  await Promise.all(repairs)
  const deadline = performance.now() + options.drainSeconds * 1000
  while (!isAccountedFor(judge()) && performance.now() < deadline) {
    await sleep(1000)
    tell('calm')
  }
  await sleep(LINGER_MS)
  const countUntold = async () =>
    judge().answersUndelivered - sendFailures(await countParked(servers?.databaseUrl, stack.bridgeEnv.DATA_DIR ?? ''))
  const toldBy = performance.now() + TOLD_WITHIN_MS
  while ((await countUntold()) > 0 && performance.now() < toldBy) await sleep(1000)
  await Promise.all(bridges.map((bridge) => bridge.stop()))

  const { records } = simulator.records()
  const parked = await countParked(servers?.databaseUrl, stack.bridgeEnv.DATA_DIR ?? '')
  const verdict = checkRecords(records)
  await writeFile(join(folder, 'records.jsonl'), records.map((record) => `${JSON.stringify(record)}\n`).join(''))
  return {
    verdict,
    kills: { ...kills, bridge: bridges.reduce((sum, bridge) => sum + bridge.kills, 0) },
    cuts,
    crashes: bridges.reduce((sum, bridge) => sum + bridge.crashes, 0),
    seconds: Math.round((performance.now() - startedAt) / 1000),
    parked,
    untold: Math.max(0, verdict.answersUndelivered - sendFailures(parked)),
    folder,
  }
}

/** What starts on a machine that is busy with everything else may take longer than its deadline. */
async function tryTwice(restart: () => Promise<void>): Promise<void> {
  await restart().catch(restart)
}

interface Servers {
  rabbitmq: RabbitmqServer
  postgres: PostgresServer
  databaseUrl: string
}

async function startServers(ends: (() => Promise<unknown>)[]): Promise<Servers> {
  const starting = [startRabbitmqServer(), startPostgresServer()] as const
  for (const server of starting) ends.push(async () => (await server).stop())
  await Promise.allSettled(starting)
  const [rabbitmq, postgres] = await Promise.all(starting)
  return { rabbitmq, postgres, databaseUrl: await postgres.createDatabase() }
}

async function startLines(
  ends: (() => Promise<unknown>)[],
  targets: Partial<Record<Line, string>>,
): Promise<Map<Line, FlakyProxy>> {
  const lines = new Map<Line, FlakyProxy>()
  for (const [line, url] of Object.entries(targets)) {
    const { hostname, port } = new URL(url)
    const proxy = await startFlakyProxy({ host: hostname, port: Number(port) })
    ends.push(proxy.close)
    lines.set(line as Line, proxy)
  }
  return lines
}

function withPort(url: string, port: number | undefined): string {
  const changed = new URL(url)
  changed.port = String(port)
  return changed.href.replace(/\/$/, '')
}

/**
 * Names every message of the turn, as often as it stands there. Every fifth answer is a long one, which goes out while it is written: then
 * the names are in its beginning, so that one whose beginning is sent again, or never, is found; the rest has a number of its own. Asked to
 * go on, it writes that.
 */
function echoIds(body: ModelRequest): string {
  const begun = body.messages.at(-2)
  const isContinuing = begun?.role === 'assistant' && /断开/.test(askedTexts(body).join(''))
  const asked = isContinuing ? [String(begun.content)] : askedTexts(body)
  const ids = asked.join(' ').match(MESSAGE_ID) ?? []
  const number = ids.at(-1)?.slice(1) ?? '1'
  const more = `续 n${number}：${FILLER}`
  if (isContinuing) return more
  const named = `收到 ${ids.join(' ')}`
  return Number(number) % 5 === 0 ? `${named}。${FILLER}\n\n${more}` : named
}

/** Customers in here write faster than people do, and nobody is there to take over. */
async function allowFloods(url: string | undefined, dataDir: string): Promise<void> {
  const database = await openDatabase({ url, dataDir, poolSize: 1, log: createRecordingLogger() })
  const settings = { 'limits.perCustomerPerMinute': 0, 'handover.enabled': false }
  const changes = Object.entries(settings).map(([key, value]) => ({ scope: '*', key, value: JSON.stringify(value) }))
  await createSettingStore(database)
    .change(changes)
    .finally(() => database.close())
}

function sendFailures(parked: Readonly<Record<string, number>>): number {
  const counts = Object.entries(parked).filter(([key]) => key.startsWith('send: fail_type'))
  return counts.reduce((sum, [, count]) => sum + count, 0)
}

async function countParked(url: string | undefined, dataDir: string): Promise<Record<string, number>> {
  const database = await openDatabase({ url, dataDir, poolSize: 1, log: createRecordingLogger() })
  try {
    const counts: Record<string, number> = {}
    for (const { stage, reason } of await createParkedStore(database).list(100_000)) {
      const key = `${stage}: ${reason}`
      counts[key] = (counts[key] ?? 0) + 1
    }
    return counts
  } finally {
    await database.close()
  }
}
