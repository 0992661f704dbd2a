/** A backup that is taken while customers write, and a new machine that goes on from it. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openDatabase } from '../../bridge/store/open-database.ts'
import { checkRecords, MESSAGE_ID } from '../chaos/check-records.ts'
import type { Simulator } from '../simulator/create-simulator.ts'
import { isMissing } from '../support/available-servers.ts'
import { createRecordingLogger } from '../support/recording-logger.ts'
import { sharedPostgresDatabase } from '../support/shared-servers.ts'
import { askedTexts } from '../support/stand-in-model.ts'
import { startStack } from '../support/start-stack.ts'
import { waitUntil } from '../support/wait-until.ts'

const CLI = fileURLToPath(new URL('../../bridge/cli/main.ts', import.meta.url))
/** So many that nobody writes faster than the service desk allows. */
const CUSTOMERS = 60

const run = promisify(execFile)

/** Writes one message after another, each with an id of its own, until it is told to stop. */
function startWriting(simulator: Simulator) {
  const customers = Array.from({ length: CUSTOMERS }, (_, index) => simulator.addCustomer({ name: `客户${index}` }))
  let written = 0
  const write = () => {
    const { externalUserId = '' } = customers[written % CUSTOMERS] ?? {}
    written += 1
    simulator.customerWrites({ externalUserId, text: `请问 m${String(written).padStart(5, '0')} 怎么办？` })
  }
  const timer = setInterval(write, 50)
  return { write, written: () => written, stop: () => clearInterval(timer) }
}

async function startWorld(over: Readonly<Record<string, string>>) {
  const stack = await startStack({
    model: { reply: (body) => `收到 ${askedTexts(body).join(' ').match(MESSAGE_ID)?.join(' ') ?? ''}`, delayMs: 30 },
    env: { BURST_QUIET_MS: '50', BURST_MAX_WAIT_MS: '300', TIME_SCALE: '0.2', ...over },
  })
  onTestFinished(() => stack.stop())
  const kefu = async (env: Readonly<Record<string, string>>, ...argv: string[]) => {
    const { stdout } = await run(process.execPath, [CLI, ...argv, '--json'], {
      env: { PATH: process.env.PATH, ...stack.bridgeEnv, ...env },
    })
    return JSON.parse(stdout)
  }
  const verdict = () => checkRecords(stack.simulator.records().records)
  return { stack, kefu, verdict, file: join(stack.folder, 'kefu.backup.gz') }
}

async function readParked({ DATABASE_URL, DATA_DIR }: { DATABASE_URL?: string; DATA_DIR: string }) {
  const settings = { url: DATABASE_URL, dataDir: DATA_DIR, poolSize: 1, log: createRecordingLogger() }
  const database = await openDatabase(settings)
  onTestFinished(() => database.close())
  const rows = await database.all<{ reason: string; body: string }>('select reason, body from parked')
  return { reasons: new Set(rows.map(({ reason }) => reason)), bodies: rows.map(({ body }) => body).join(' ') }
}

/** Backs up under load, goes on with the old system, loses it, and goes on with the new one. Each place is one of a database. */
async function loseAndRestore(oldPlace: Readonly<Record<string, string>>, newPlace: Readonly<Record<string, string>>) {
  const { stack, kefu, verdict, file } = await startWorld(oldPlace)
  const old = await stack.startBridge()
  await old.ready()
  const writing = startWriting(stack.simulator)
  await waitUntil(() => verdict().answeredOnce > 10, { what: 'answers flow', timeoutMs: 30_000 })
  const backup = await kefu({}, 'backup', file)
  expect(backup).toMatchObject({ isRunning: true })
  // The old system goes on for a while: what it does now, the backup can't know.
  const before = verdict().answeredOnce
  await waitUntil(() => verdict().answeredOnce > before + 10, { what: 'more answers', timeoutMs: 30_000 })
  await old.kill('SIGKILL')
  const stoppedAt = Date.now()
  const place = { DATA_DIR: join(stack.folder, 'new'), ...newPlace }
  await kefu(place, 'restore', file, '--stopped-at', new Date(stoppedAt).toISOString())
  const fresh = await stack.startBridge(place)
  await fresh.ready()
  writing.stop()
  // The margin for clocks that differ, of seconds that the platform's clock counts in.
  await sleep(Math.max(0, stoppedAt + 6500 - Date.now()))
  for (let count = 0; count < CUSTOMERS; count += 1) writing.write()
  const ids = Array.from({ length: CUSTOMERS }, (_, index) => `m${String(writing.written() - index).padStart(5, '0')}`)
  await waitUntil(() => ids.every((id) => !verdict().lost.includes(id)), {
    what: `the new messages are answered ${fresh.output().slice(-2000)}`,
    timeoutMs: 30_000,
  })
  const { lost, answeredTwice, outOfOrder, written, answeredOnce, needlessApologies } = verdict()
  expect({ answeredTwice, outOfOrder, needlessApologies }).toEqual({
    answeredTwice: [],
    outOfOrder: [],
    needlessApologies: 0,
  })
  expect(written).toBe(writing.written())
  // What may have been answered is in front of a person; nothing is in neither place.
  const parked = await readParked(place)
  expect(lost.filter((id) => !parked.bodies.includes(id))).toEqual([])
  expect([...parked.reasons]).toEqual(['restored'])
  expect(answeredOnce).toBeGreaterThan(20)
  return { stack, kefu, verdict, place, fresh, writing }
}

describe('a backup taken under load', () => {
  it('restores with nothing answered twice and nothing lost, and moves on to PostgreSQL', async () => {
    const hasPostgres = !isMissing('postgres')
    // Side by side: most of it is waiting.
    const [{ stack, kefu, verdict, place, fresh, writing }] = await Promise.all([
      loseAndRestore({}, {}),
      hasPostgres &&
        loseAndRestore(
          { DATABASE_URL: await sharedPostgresDatabase() },
          { DATABASE_URL: await sharedPostgresDatabase() },
        ),
    ])
    if (!hasPostgres) return

    await fresh.kill('SIGTERM')
    const url = await sharedPostgresDatabase()
    expect(await kefu(place, 'move', '--to', url)).toMatchObject({ engine: 'postgres' })
    await expect(stack.startBridge(place)).rejects.toThrow(/this database was moved to postgres/)
    const moved = await stack.startBridge({ ...place, DATABASE_URL: url })
    // The mailbox belongs to the id that has moved along, so the relay is up at once.
    await moved.ready()
    const known = verdict().answeredOnce
    for (let count = 0; count < 10; count += 1) writing.write()
    await waitUntil(() => verdict().answeredOnce >= known + 10, { what: 'answers after the move', timeoutMs: 30_000 })
    expect(verdict().answeredTwice).toEqual([])
  })
})
