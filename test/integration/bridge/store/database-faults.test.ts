import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { acceptMail } from '../../../../bridge/relay/accept-mail.ts'
import type { Database, Sql } from '../../../../bridge/store/database.ts'
import { migrate } from '../../../../bridge/store/migrate.ts'
import { openPostgres } from '../../../../bridge/store/postgres.ts'
import { openSqlite } from '../../../../bridge/store/sqlite.ts'
import { watchDatabase } from '../../../../bridge/store/watch-database.ts'
import { AppError } from '../../../../shared/app-error.ts'
import type { Mail } from '../../../../shared/frames.ts'
import { isMissing } from '../../../support/available-servers.ts'
import { createGate } from '../../../support/gate.ts'
import { lockSqlite } from '../../../support/lock-sqlite.ts'
import { ACCOUNT, createPipeline, customerText, type PipelineOptions, pagesOf } from '../../../support/pipeline.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { sharedPostgresDatabase } from '../../../support/shared-servers.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const BUSY_TIMEOUT_MS = 200

interface Fault {
  database: Database
  begin(): Promise<void>
  end(): Promise<void>
}

/** To be closed by the caller. */
async function openFile(): Promise<{ database: Database; path: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'kefu-faults-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'kefu.sqlite')
  const database = openSqlite({ path, busyTimeoutMs: BUSY_TIMEOUT_MS })
  await migrate(database)
  return { database, path }
}

/** No page more than there are: what a full disk says, without one. */
async function fullFile(): Promise<Fault> {
  const { database } = await openFile()
  return {
    database,
    async begin() {
      const [row] = await database.all<{ page_count: number }>('pragma page_count')
      await database.all(`pragma max_page_count = ${row?.page_count}`)
    },
    async end() {
      await database.all('pragma max_page_count = 1000000')
    },
  }
}

async function readOnlyFile(): Promise<Fault> {
  const { database } = await openFile()
  return {
    database,
    begin: async () => void (await database.all('pragma query_only = 1')),
    end: async () => void (await database.all('pragma query_only = 0')),
  }
}

async function lockedFile(): Promise<Fault> {
  const { database, path } = await openFile()
  let unlock = async () => {}
  return {
    database,
    async begin() {
      unlock = await lockSqlite(path)
    },
    end: () => unlock(),
  }
}

/** As a standby, or a server whose disk is nearly full: it still reads. */
async function readOnlyServer(): Promise<Fault> {
  const url = await sharedPostgresDatabase()
  const database = await openPostgres({ url, poolSize: 4, log: createRecordingLogger() })
  await migrate(database)
  const setReadOnly = async (value: 'on' | 'off') => {
    const client = new Client({ connectionString: url })
    client.on('error', () => undefined)
    await client.connect()
    const name = new URL(url).pathname.slice(1)
    await client.query('set default_transaction_read_only = off')
    await client.query(`alter database ${client.escapeIdentifier(name)} set default_transaction_read_only = ${value}`)
    // Only new connections heed it.
    await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
      [name],
    )
    await client.end()
  }
  return { database, begin: () => setReadOnly('on'), end: () => setReadOnly('off') }
}

const FAULTS: { fault: string; reason: RegExp; isMissing: () => boolean; open: () => Promise<Fault> }[] = [
  { fault: 'SQLite on a full disk', reason: /the disk is full/, isMissing: () => false, open: fullFile },
  { fault: 'a read-only SQLite', reason: /read-only/, isMissing: () => false, open: readOnlyFile },
  { fault: 'a SQLite locked by another process', reason: /busy/, isMissing: () => false, open: lockedFile },
  {
    fault: 'a read-only PostgreSQL',
    reason: /read-only/,
    isMissing: () => isMissing('postgres'),
    open: readOnlyServer,
  },
]

for (const { fault, reason, isMissing: isFaultMissing, open } of FAULTS) {
  describe.skipIf(isFaultMissing())(fault, () => {
    async function start(options: PipelineOptions) {
      const { database: opened, begin, end } = await open()
      const log = createRecordingLogger()
      let failures = 0
      const counted = <T>(call: Promise<T>): Promise<T> =>
        call.catch((error: unknown) => {
          failures += 1
          throw error
        })
      const watched = watchDatabase(opened, { log, probeMs: 20 })
      const database = {
        ...watched,
        transaction: <T>(work: (sql: Sql) => Promise<T>) => counted(watched.transaction(work)),
      }
      onTestFinished(() => database.close())
      const pipeline = await createPipeline({ ...options, database })
      const mail = (number: number): Mail => ({
        number,
        kind: 'nudge',
        // Longer than what is free on a page.
        nudge: { openKfId: `wk${number}`, token: 't'.repeat(8000), createTime: number },
        receivedAt: 1,
      })
      const accept = (number: number) =>
        acceptMail(mail(number), { store: pipeline.sync, publish: async () => undefined, log: pipeline.log })
      const names = () => log.lines.map(({ name }) => name)
      const untilUp = () => waitUntil(() => database.state().up, { what: 'the database is up' })
      /** Calls until one says that the database is down: a full one still takes what fits. */
      const untilDown = async () => {
        for (let number = 1; number <= 50 && database.state().up; number += 1)
          await accept(number).catch(() => undefined)
        expect(database.state()).toMatchObject({ up: false, reason: expect.stringMatching(reason) })
      }
      const untilTransactionFails = () => {
        const before = failures
        return waitUntil(() => failures > before, { what: 'a transaction fails' })
      }
      return {
        ...pipeline,
        untilTransactionFails,
        begin,
        end,
        accept,
        names,
        untilUp,
        untilDown,
        state: database.state,
      }
    }

    it('takes no mail, says so once with the reason, and takes it again by itself', async () => {
      const { begin, end, accept, names, untilUp, untilDown, sync } = await start({})
      await accept(99)
      await begin()
      await untilDown()
      for (const number of [101, 102]) {
        await expect(accept(number)).rejects.toMatchObject({ code: 'database.unavailable', retryable: true })
      }
      expect(names()).toEqual(['database.unavailable'])
      await end()
      await untilUp()
      expect(names()).toEqual(['database.unavailable', 'database.available'])
      await accept(101)
      const known = await sync.knownIds()
      expect(known).toEqual(expect.arrayContaining(['wk99', 'wk101']))
      expect(known).not.toContain('wk102')
    })

    it('keeps a page that could not be stored on the platform, and pulls it after', async () => {
      const page = Array.from({ length: 50 }, (_, index) => customerText(`${index} ${'x'.repeat(2000)}`))
      const { begin, end, pull, handlers, passTime, sweep, untilUp, texts, sync } = await start({
        sync: pagesOf(page),
        answer: async ({ turns }) => `${turns.filter(({ role }) => role === 'customer').length}`,
      })
      await sync.wantAll([ACCOUNT])
      await begin()
      const pulling = handlers.fetch(ACCOUNT)
      await pull().catch((error: unknown) => {
        if (!(error instanceof AppError && error.code === 'database.unavailable')) throw error
      })
      await end()
      await untilUp()
      await pulling
      await passTime()
      await sweep()
      expect(texts()).toEqual(['50'])
    })

    it('answers once what was being answered when it began', async () => {
      const gate = createGate()
      const { begin, end, pull, sweep, untilDown, untilUp, untilTransactionFails, handlers, texts, passTime, log } =
        await start({
          sync: pagesOf([customerText('你好')]),
          async answer() {
            // The draft that could not be stored is written again.
            if (gate.started.length === 0) await gate.handler('first')
            return `答${'案'.repeat(3000)}`
          },
        })
      await pull()
      const answering = handlers.reply(`${ACCOUNT}:wm1`)
      await waitUntil(() => gate.running() === 1, { what: 'the model thinks' })
      await begin()
      await untilDown()
      const failing = untilTransactionFails()
      gate.finishOne()
      await failing
      await end()
      await untilUp()
      await answering
      for (let rounds = 0; rounds < 3; rounds += 1) {
        await passTime()
        await sweep()
      }
      expect(texts()).toHaveLength(1)
      // It was not left to the end of the lease.
      expect(log.lines.filter(({ name }) => name === 'reply.stopped')).toEqual([])
    })

    it('sends once what was on its way when it began', async () => {
      const taken = new Set<string>()
      const world = { begin: async () => {}, isFirst: true }
      const { begin, end, pull, sweep, untilUp, texts, passTime, handlers, database, untilDown } = await start({
        sync: pagesOf([customerText('你好')]),
        answer: async () => '您好',
        async send({ msgid }) {
          if (taken.has(msgid)) {
            throw new AppError('wecom.refused', 'seen', {
              retryable: false,
              details: { errcode: 95033, action: 'accepted-before' },
            })
          }
          taken.add(msgid)
          if (world.isFirst) await world.begin()
          world.isFirst = false
        },
      })
      world.begin = begin
      await pull()
      const sending = handlers.reply(`${ACCOUNT}:wm1`)
      await waitUntil(() => !world.isFirst, { what: 'the platform has it' })
      await untilDown()
      await end()
      await untilUp()
      await sending
      for (let rounds = 0; rounds < 3; rounds += 1) {
        await passTime()
        await sweep()
      }
      expect(texts()).toEqual(['您好'])
      expect(await database.all('select state, in_doubt from reply_part')).toEqual([{ state: 'sent', in_doubt: 0 }])
    })
  })
}

describe('a lock that another process holds', () => {
  it('does not hold the event loop, and all that wait give up together', async () => {
    const { database, path } = await openFile()
    onTestFinished(() => database.close())
    const unlock = await lockSqlite(path)
    onTestFinished(unlock)
    let longestMs = 0
    let last = performance.now()
    const ticking = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - last)
      last = performance.now()
    }, 5)
    onTestFinished(() => clearInterval(ticking))
    const startedAt = performance.now()
    const calls = Array.from({ length: 20 }, (_, index) =>
      database.run(`insert into meta (key, value) values (?1, '')`, String(index)),
    )
    const results = await Promise.allSettled(calls)
    expect(results.map(({ status }) => status)).toEqual(calls.map(() => 'rejected'))
    expect(performance.now() - startedAt).toBeLessThan(BUSY_TIMEOUT_MS * 5)
    expect(longestMs).toBeLessThan(150)
    expect(await database.all('select count(*) as n from meta')).toHaveLength(1)
  })

  it('is waited for', async () => {
    const { database, path } = await openFile()
    onTestFinished(() => database.close())
    const patient = openSqlite({ path, busyTimeoutMs: 20_000 })
    onTestFinished(() => patient.close())
    const unlock = await lockSqlite(path)
    const writing = patient.run(`insert into meta (key, value) values ('a', 'b')`)
    await expect(database.run(`insert into meta (key, value) values ('c', 'd')`)).rejects.toMatchObject({
      code: 'database.unavailable',
    })
    await unlock()
    expect(await writing).toBe(1)
  })
})
