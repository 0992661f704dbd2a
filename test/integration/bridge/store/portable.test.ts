import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { OnInterrupt } from '../../../../bridge/cli/create-interruptible.ts'
import { runCli } from '../../../../bridge/cli/run-cli.ts'
import type { Database, Engine, SqlValue } from '../../../../bridge/store/database.ts'
import { createInstanceStore } from '../../../../bridge/store/instance-store.ts'
import { createLeaseStore } from '../../../../bridge/store/lease-store.ts'
import { createMetaStore } from '../../../../bridge/store/meta-store.ts'
import { MIGRATIONS, migrate, newestSchema } from '../../../../bridge/store/migrate.ts'
import { openDatabase, toSqlitePath } from '../../../../bridge/store/open-database.ts'
import { knownTables } from '../../../../bridge/store/portable/known-tables.ts'
import { checkMarks, readUnsureUntil } from '../../../../bridge/store/portable/marks.ts'
import { openSqlite } from '../../../../bridge/store/sqlite.ts'
import { type Column, fillEveryTable } from '../../../support/fill-every-table.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { sharedPostgresDatabase } from '../../../support/shared-servers.ts'
import { ENGINES } from '../../../support/test-databases.ts'

/** A place for a database, as the settings name it. */
async function newPlace(engine: Engine) {
  const dataDir = mkdtempSync(join(tmpdir(), 'kefu-portable-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const url = engine === 'postgres' ? await sharedPostgresDatabase() : undefined
  const env: Record<string, string> =
    url === undefined ? { DATA_DIR: dataDir } : { DATABASE_URL: url, DATA_DIR: dataDir }
  const open = async (): Promise<Database> => {
    const database = await openDatabase({ url, dataDir, poolSize: 2, log: createRecordingLogger() })
    onTestFinished(() => database.close().catch(() => undefined))
    return database
  }
  const run = async (argv: string[], onInterrupt?: OnInterrupt) => {
    const written: string[] = []
    const keep = (text: string) => void written.push(text)
    const heard = onInterrupt === undefined ? {} : { onInterrupt }
    const code = await runCli({ argv: [...argv, '--lang', 'en'], env, stdout: keep, stderr: keep, ...heard })
    return { code, text: written.join('') }
  }
  const kefu = (...argv: string[]) => run(argv)
  /** With a Ctrl-C that comes as soon as somebody listens for it. */
  const interrupted = (...argv: string[]) =>
    run(argv, (listener) => {
      listener()
      return () => undefined
    })
  return { dataDir, url, env, open, kefu, interrupted, file: join(dataDir, 'kefu.backup.gz') }
}

type Place = Awaited<ReturnType<typeof newPlace>>

const ODD_WORDS = '你好 "quoted" \\ \n 😀 \u2028'

/** Two conversations that were answered, a part on its way, a parked entry, secrets, and words that are hard to carry. */
async function fill(place: Place): Promise<Database> {
  const database = await place.open()
  const rows: [string, Record<string, SqlValue>][] = [
    ['sync_state', { open_kfid: 'wk1', cursor: 'c1', primed: 1, wanted: 3, done: 3 }],
    ...['wm1', 'wm2'].flatMap((customer): [string, Record<string, SqlValue>][] => [
      ['conversation', { ...conversation(customer), lease: 'somebody:1', lease_until: Date.now() + 60_000 }],
      ['message', message(customer)],
    ]),
    ['reply', { id: 'r1', conv: 'wk1:wm1', from_seq: 1, upto_seq: 1, state: 'closed', created_at: 1 }],
    ['reply_part', part('p1', 'sent')],
    ['parked', { id: 'k1', stage: 'send', key: 'p0', reason: 'x', at: 1 }],
    ['setting', { scope: '*', key: 'welcome.text', value: '"hi"', version: 1 }],
    ['meta', { key: 'access_token', value: 'the-token-nobody-may-see' }],
  ]
  // A row of each table, so that a new one is not forgotten.
  await fillEveryTable(database, 1, (table, column) => TIMELESS[`${table}.${column}`])
  await database.run('delete from instance')
  await database.run('delete from lease')
  for (const [table, row] of rows) {
    const names = Object.keys(row)
    const places = names.map((_, index) => `?${index + 1}`)
    await database.run(
      `insert into ${table} (${names.join(', ')}) values (${places.join(', ')})`,
      ...Object.values(row),
    )
  }
  return database
}

/** So that the rows that are only there to be carried don't count as work. */
const TIMELESS: Readonly<Record<string, SqlValue>> = { 'parked.reason': 'y' }

const conversation = (customer: string) => ({
  id: `wk1:${customer}`,
  open_kfid: 'wk1',
  external_userid: customer,
  ...{ last_seq: 1, dirty: 1, parsed: 1, answered: 1, created_at: 1 },
})

const message = (customer: string) => ({
  msgid: `m-${customer}`,
  open_kfid: 'wk1',
  conv: `wk1:${customer}`,
  ...{ seq: 1, origin: 3, type: 'text', raw: '{}', text: ODD_WORDS, state: 'parsed', send_time: 1, received_at: 1 },
})

const part = (msgid: string, state: string) => ({
  msgid,
  reply_id: 'r1',
  conv: 'wk1:wm1',
  ...{ upto_seq: 1, no: 0, channel: 'send', kind: 'text', payload: '{"text":"x"}', state, created_at: 1 },
})

async function dump(database: Database): Promise<Record<string, unknown[]>> {
  const tables: Record<string, unknown[]> = {}
  for (const table of knownTables()) {
    if (['migration', 'lease', 'instance', 'meta'].includes(table)) continue
    const rows = await database.all<Record<string, SqlValue>>(`select * from ${table}`)
    tables[table] = rows
      .map(({ lease: _, lease_until: __, wake: ___, ...row }) => JSON.stringify(Object.entries(row).sort()))
      .sort()
  }
  return tables
}

const databaseId = (database: Database) => createMetaStore(database).databaseId()

const WAYS = ENGINES.flatMap((from) => ENGINES.map((to) => ({ from, to })))

describe.each(WAYS)('from $from.engine to $to.engine', ({ from, to }) => {
  it.skipIf(from.isMissing() || to.isMissing())('a backup is restored with every row', async () => {
    const [source, target] = [await newPlace(from.engine), await newPlace(to.engine)]
    const before = await fill(source)
    const written = await source.kefu('backup', source.file)
    expect(written).toMatchObject({ code: 0 })
    const restored = await target.kefu('restore', source.file)
    expect(restored.text).toContain('the counts are right')
    expect(restored.code).toBe(0)
    const after = await target.open()
    expect(await dump(after)).toEqual(await dump(before))
    expect((await dump(after)).message?.length).toBeGreaterThan(1)
    expect(await databaseId(after)).toBe(await databaseId(before))
    await checkMarks(createMetaStore(after))
  })
})

const OTHERS = ENGINES.map(({ engine, isMissing }) => ({
  engine,
  isMissing,
  to: engine === 'sqlite' ? ('postgres' as const) : ('sqlite' as const),
}))

describe.each(OTHERS)('a database on $engine', ({ engine, isMissing, to }) => {
  const skip = isMissing() || ENGINES.some((one) => one.engine === to && one.isMissing())

  it.skipIf(skip)('moves to the other engine with its id, and no bridge starts on the old one', async () => {
    const [source, target] = [await newPlace(engine), await newPlace(to)]
    const before = await fill(source)
    const expected = await dump(before)
    // By a file, as a password wants it.
    const address = join(source.dataDir, 'address')
    writeFileSync(address, `${target.url ?? target.dataDir}\n`)
    const moved = await source.kefu('move', '--to-file', address)
    expect(moved).toMatchObject({ code: 0 })
    const after = await target.open()
    expect(await dump(after)).toEqual(expected)
    expect(await databaseId(after)).toBe(await databaseId(before))
    await checkMarks(createMetaStore(after))
    await expect(checkMarks(createMetaStore(before))).rejects.toMatchObject({ code: 'database.moved' })
    expect((await source.kefu('move', '--undo')).code).toBe(0)
    await checkMarks(createMetaStore(before))
  })

  it.skipIf(isMissing())('is not moved while a bridge works on it, here or elsewhere', async () => {
    const source = await newPlace(engine)
    const database = await fill(source)
    const folder = join(source.dataDir, 'new')
    await createLeaseStore(database).acquire('relay', 'elsewhere', 20_000)
    expect(await source.kefu('move', '--to', folder)).toMatchObject({ code: 1 })
    await createLeaseStore(database).release('relay', 'elsewhere')
    const { hostname } = await import('node:os')
    const bridge = createInstanceStore({ database, host: hostname(), pid: process.pid, isAlive: () => true })
    await bridge.register()
    expect((await source.kefu('move', '--to', folder)).text).toContain('end it first')
    await bridge.leave()
    expect((await source.kefu('move', '--to', folder)).code).toBe(0)
  })

  it.skipIf(isMissing())('is restored over only when that is asked for', async () => {
    const place = await newPlace(engine)
    const database = await fill(place)
    await place.kefu('backup', place.file)
    const refused = await place.kefu('restore', place.file)
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.text).toContain('--force')
    await database.run(`delete from message`)
    await database.close()
    expect((await place.kefu('restore', place.file, '--force')).code).toBe(0)
    expect((await dump(await place.open())).message?.length).toBeGreaterThan(1)
  })

  it.skipIf(isMissing())('is not restored over while a bridge works on it', async () => {
    const place = await newPlace(engine)
    const database = await fill(place)
    await place.kefu('backup', place.file)
    await createLeaseStore(database).acquire('sweeper', 'elsewhere', 20_000)
    const refused = await place.kefu('restore', place.file, '--force')
    expect(refused.code).toBe(1)
    expect(refused.text).toContain('a bridge works on the target')
    expect((await dump(database)).message?.length).toBeGreaterThan(1)
  })

  it.skipIf(isMissing())('leaves to a person what a running bridge may have answered after the backup', async () => {
    const [source, target] = [await newPlace(engine), await newPlace(engine)]
    const database = await fill(source)
    // Two that wait, of a bridge that runs.
    await database.run(`update conversation set answered = 0, parsed = 0`)
    await createLeaseStore(database).acquire('relay', 'elsewhere', 20_000)
    await source.kefu('backup', source.file)
    const { code } = await target.kefu('restore', source.file)
    expect(code).toBe(0)
    const restored = await target.open()
    expect(await restored.all('select 1 as due from conversation where dirty > answered')).toEqual([])
    const parked = await restored.all<{ reason: string }>(`select reason from parked where reason = 'restored'`)
    expect(parked).toHaveLength(2)
    expect(await readUnsureUntil(createMetaStore(restored))).toBeGreaterThan(Date.now() - 60_000)
  })

  it.skipIf(isMissing())('answers what waited when the bridge is known to have ended by then', async () => {
    const [source, target] = [await newPlace(engine), await newPlace(engine)]
    const database = await fill(source)
    await database.run(`update conversation set answered = 0, parsed = 0`)
    await createLeaseStore(database).acquire('relay', 'elsewhere', 20_000)
    const at = new Date(Date.now() - 1000).toISOString()
    await source.kefu('backup', source.file)
    expect((await target.kefu('restore', source.file, '--stopped-at', at)).code).toBe(0)
    const restored = await target.open()
    expect(await restored.all(`select id from conversation where dirty > answered and id like 'wk1:%'`)).toHaveLength(2)
    expect(await readUnsureUntil(createMetaStore(restored))).toBe(0)
  })
})

describe('a backup file', () => {
  const lines = (file: string) => gunzipSync(readFileSync(file)).toString().trimEnd().split('\n')

  it('is for its owner alone, and holds no access token and no lease', async () => {
    const place = await newPlace('sqlite')
    await fill(place)
    await place.kefu('backup', place.file)
    expect(statSync(place.file).mode & 0o777).toBe(0o600)
    expect(lines(place.file).join('\n')).not.toContain('the-token-nobody-may-see')
    expect(lines(place.file)).not.toContain('{"table":"lease"}')
  })

  it('holds the files of customers when that is asked for, and takes none for another', async () => {
    const place = await newPlace('sqlite')
    await fill(place)
    const content = Buffer.from([0, 1, 2, 255])
    const hash = createHash('sha256').update(content).digest('hex')
    mkdirSync(join(place.dataDir, 'media', hash.slice(0, 2)), { recursive: true })
    writeFileSync(join(place.dataDir, 'media', hash.slice(0, 2), hash), content)
    expect((await place.kefu('backup', place.file)).text).toContain('0 files')
    expect((await place.kefu('backup', place.file, '--media', '--force')).text).toContain('1 files')
    const target = await newPlace('sqlite')
    expect((await target.kefu('restore', place.file)).code).toBe(0)
    const restored = join(target.dataDir, 'media', hash.slice(0, 2), hash)
    expect([readFileSync(restored), statSync(restored).mode & 0o777]).toEqual([content, 0o600])
    const other = lines(place.file).map((line) => line.replace(content.toString('base64'), 'AAAA'))
    writeFileSync(place.file, gzipSync(`${other.join('\n')}\n`))
    const wrong = await newPlace('sqlite')
    expect(await wrong.kefu('restore', place.file)).toMatchObject({
      code: 1,
      text: expect.stringContaining('is damaged'),
    })
  })

  it('is not written over another one by accident', async () => {
    const place = await newPlace('sqlite')
    await fill(place)
    writeFileSync(place.file, 'precious')
    expect((await place.kefu('backup', place.file)).code).toBe(1)
    expect(readFileSync(place.file, 'utf8')).toBe('precious')
    expect((await place.kefu('backup', place.file, '--force')).code).toBe(0)
  })

  const DAMAGES: [string, (file: string) => void][] = [
    ['cut off', (file) => truncateSync(file, statSync(file).size - 20)],
    ['without its end', (file) => writeFileSync(file, gzipSync(`${lines(file).slice(0, -1).join('\n')}\n`))],
    ['with a row less', (file) => writeFileSync(file, gzipSync(`${lines(file).toSpliced(2, 1).join('\n')}\n`))],
    [
      'with a changed byte',
      (file) => {
        const bytes = readFileSync(file)
        const middle = Math.floor(bytes.length / 2)
        bytes.writeUInt8((bytes.readUInt8(middle) + 1) % 256, middle)
        writeFileSync(file, bytes)
      },
    ],
    ['that is none', (file) => writeFileSync(file, 'hello')],
    ['of another program', (file) => writeFileSync(file, gzipSync('{"format":"other"}\n'))],
  ]
  it.each(DAMAGES)('%s costs nothing', async (_what, damage) => {
    const place = await newPlace('sqlite')
    const database = await fill(place)
    await place.kefu('backup', place.file)
    damage(place.file)
    const expected = await dump(database)
    const { code, text } = await place.kefu('restore', place.file, '--force')
    expect(code).toBe(1)
    expect(text).toMatch(/damaged|no backup/)
    expect(await dump(database)).toEqual(expected)
  })

  it('of a newer schema is refused', async () => {
    const place = await newPlace('sqlite')
    await fill(place)
    await place.kefu('backup', place.file)
    const newer = lines(place.file).map((line, index) =>
      index === 0 ? JSON.stringify({ ...JSON.parse(line), schema: newestSchema() + 1 }) : line,
    )
    writeFileSync(place.file, gzipSync(`${newer.join('\n')}\n`))
    const target = await newPlace('sqlite')
    const { code, text } = await target.kefu('restore', place.file)
    expect(code).toBe(1)
    expect(text).toContain('use the newer version')
  })
})

describe('a backup that can not be written to its end', () => {
  const CLI = join(import.meta.dirname, '../../../../bridge/cli/main.ts')

  it('leaves nothing when it is interrupted, and the one before stays', async () => {
    const place = await newPlace('sqlite')
    await fill(place)
    writeFileSync(place.file, 'precious')
    const before = readdirSync(place.dataDir)
    expect(await place.interrupted('backup', place.file, '--force')).toEqual({ code: 1, text: 'interrupted\n' })
    expect(readdirSync(place.dataDir)).toEqual(before)
    expect(readFileSync(place.file, 'utf8')).toBe('precious')
  })

  it('leaves nothing when there is no room, and says why', async () => {
    const place = await newPlace('sqlite')
    const database = await fill(place)
    const words = randomBytes(1_000_000).toString('base64')
    await database.run(`update message set text = ?1 where msgid = 'm-wm1'`, words)
    const before = readdirSync(place.dataDir)
    // A limit on what a process may write to a file, in blocks of 512 bytes; what it meets is what a full disk is.
    const limited = promisify(execFile)('sh', ['-c', 'ulimit -f 400; exec "$@"', 'sh', ...toCommand(place.file)], {
      env: { PATH: process.env.PATH, ...place.env },
    })
    await expect(limited).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/can not be .*written .E/) })
    expect(readdirSync(place.dataDir)).toEqual(before)
  })

  const toCommand = (file: string) => [process.execPath, CLI, 'backup', file, '--lang', 'en']

  it('is cleared away by a later one when it was killed', async () => {
    const place = await newPlace('sqlite')
    await fill(place)
    const [old, young] = ['a', 'b'].map((letter) => `${place.file}.${letter.repeat(36)}.partial`)
    for (const path of [old, young]) writeFileSync(path ?? '', 'words')
    utimesSync(old ?? '', 0, 0)
    expect((await place.kefu('backup', place.file)).code).toBe(0)
    const partials = readdirSync(place.dataDir).filter((name) => name.endsWith('.partial'))
    expect(partials).toEqual([`kefu.backup.gz.${'b'.repeat(36)}.partial`])
  })
})

describe('a restore or a move that is interrupted', () => {
  it('gives the file back that it was to replace', async () => {
    const place = await newPlace('sqlite')
    const database = await fill(place)
    await place.kefu('backup', place.file)
    await database.run(`insert into setting (scope, key, value, version) values ('*', 'later', '1', 2)`)
    const expected = await dump(database)
    await database.close()
    const before = readdirSync(place.dataDir)
    expect((await place.interrupted('restore', place.file, '--force')).text).toContain('interrupted')
    expect(readdirSync(place.dataDir)).toEqual(before)
    const after = await place.open()
    expect(await dump(after)).toEqual(expected)
    await checkMarks(createMetaStore(after))
  })

  it.each(OTHERS)('leaves the old one on $engine in use, and can be made again', async ({ engine, to }) => {
    if (ENGINES.some((one) => one.isMissing())) return
    const [source, target] = [await newPlace(engine), await newPlace(to)]
    const before = await fill(source)
    const address = target.url ?? target.dataDir
    expect((await source.interrupted('move', '--to', address)).text).toContain('interrupted')
    await checkMarks(createMetaStore(before))
    expect(await source.kefu('move', '--to', address)).toMatchObject({ code: 0 })
    expect(await dump(await target.open())).toEqual(await dump(before))
  })
})

describe('a restore that ended midway', () => {
  it('lets no bridge start until it is made again', async () => {
    const place = await newPlace('sqlite')
    const database = await fill(place)
    await place.kefu('backup', place.file)
    await createMetaStore(database).set('restoring', '1')
    await expect(checkMarks(createMetaStore(database))).rejects.toMatchObject({ code: 'database.half-restored' })
    await database.close()
    expect((await place.kefu('restore', place.file)).code).toBe(0)
    await checkMarks(createMetaStore(await place.open()))
  })
})

/** Of all tables but those that belong to processes, the columns that `tables` names. */
async function dumpColumns(database: Database, tables: ReadonlyMap<string, readonly Column[]>) {
  const found: Record<string, string[]> = {}
  for (const [table, columns] of tables) {
    if (['migration', 'lease', 'instance'].includes(table)) continue
    const names = columns.map(({ name }) => name).filter((name) => !['lease', 'lease_until', 'wake'].includes(name))
    const rows = await database.all(`select ${names.join(', ')} from ${table}`)
    found[table] = rows.map((row) => JSON.stringify(row)).sort()
  }
  return found
}

describe.each(ENGINES)('an upgrade on $engine', ({ engine, isMissing }) => {
  const OLDEST = 1
  /** A database of the oldest schema with two rows in each table, as yet another process has opened it. */
  async function oldest() {
    const place = await newPlace(engine)
    const connect = async () => {
      const { openPostgres } = await import('../../../../bridge/store/postgres.ts')
      const database =
        place.url === undefined
          ? openSqlite({ path: toSqlitePath(place.dataDir) })
          : await openPostgres({ url: place.url, poolSize: 2, log: createRecordingLogger() })
      onTestFinished(() => database.close())
      return database
    }
    const database = await connect()
    await migrate(database, { to: OLDEST })
    const tables = await fillEveryTable(database, 2)
    return { place, database, connect, tables, id: await databaseId(database) }
  }
  const SYNTHETIC = [
    `alter table conversation add column shade text not null default 'plain'`,
    `create index conversation_shade on conversation (shade)`,
  ]
  const schemas = (database: Database) => database.all<{ no: number }>('select no from migration order by no')
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => ({ no: index + 1 }))

  it.skipIf(isMissing())('from the oldest schema keeps every row of every table', async () => {
    const { database, tables, id } = await oldest()
    expect(tables.size).toBeGreaterThan(25)
    const before = await dumpColumns(database, tables)
    expect(before.knowledge_file).toHaveLength(2)
    await migrate(database, { migrations: [...MIGRATIONS, SYNTHETIC] })
    expect(await dumpColumns(database, tables)).toEqual(before)
    expect(await database.all('select distinct shade from conversation')).toEqual([{ shade: 'plain' }])
    expect(await databaseId(database)).toBe(id)
    // The program before does not touch what it does not know.
    await expect(migrate(database)).rejects.toMatchObject({ code: 'database.too-new' })
  })

  it.skipIf(isMissing())('happens once when several processes start at once', async () => {
    const { database, tables, connect } = await oldest()
    const before = await dumpColumns(database, tables)
    const starting = await Promise.all([connect(), connect(), connect()])
    await Promise.all(starting.map((one) => migrate(one, { migrations: [...MIGRATIONS, SYNTHETIC] })))
    expect(await schemas(database)).toEqual(numbers(MIGRATIONS.length + 1))
    expect(await dumpColumns(database, tables)).toEqual(before)
  })

  it.skipIf(isMissing())('that ends midway has changed nothing, and the next start makes it', async () => {
    const { database, tables } = await oldest()
    const before = await dumpColumns(database, tables)
    const broken = [...SYNTHETIC, 'delete from message', 'select no_such_function()']
    await expect(migrate(database, { migrations: [...MIGRATIONS, broken] })).rejects.toThrow(/no_such_function/)
    expect(await schemas(database)).toEqual(numbers(OLDEST))
    expect(await dumpColumns(database, tables)).toEqual(before)
    await migrate(database, { migrations: [...MIGRATIONS, SYNTHETIC] })
    expect(await dumpColumns(database, tables)).toEqual(before)
  })

  it.skipIf(isMissing())('comes with the restore of a backup of the oldest schema', async () => {
    const { place, database, tables, id } = await oldest()
    await database.run('delete from instance')
    await database.run('delete from lease')
    const before = await dumpColumns(database, tables)
    expect(await place.kefu('backup', place.file)).toMatchObject({ code: 0 })
    const target = await newPlace(engine)
    expect(await target.kefu('restore', place.file)).toMatchObject({ code: 0 })
    const restored = await target.open()
    expect(await dumpColumns(restored, tables)).toEqual(before)
    expect(await schemas(restored)).toEqual(numbers(newestSchema()))
    expect(await databaseId(restored)).toBe(id)
  })
})

describe('a PostgreSQL where vectors are searched', () => {
  it.skipIf(ENGINES.some((one) => one.isMissing()))('is restored over', async () => {
    const place = await newPlace('postgres')
    const database = await fill(place)
    await place.kefu('backup', place.file)
    // As bridges make it where the server has pgvector.
    await database.run('create table chunk_vector (chunk text primary key references chunk on delete cascade)')
    expect(await place.kefu('restore', place.file, '--force')).toMatchObject({ code: 0 })
  })
})
