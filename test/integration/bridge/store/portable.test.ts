import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runCli } from '../../../../bridge/cli/run-cli.ts'
import type { Database, Engine, SqlValue } from '../../../../bridge/store/database.ts'
import { createInstanceStore } from '../../../../bridge/store/instance-store.ts'
import { createLeaseStore } from '../../../../bridge/store/lease-store.ts'
import { createMetaStore } from '../../../../bridge/store/meta-store.ts'
import { migrate, newestSchema } from '../../../../bridge/store/migrate.ts'
import { openDatabase, toSqlitePath } from '../../../../bridge/store/open-database.ts'
import { knownTables } from '../../../../bridge/store/portable/known-tables.ts'
import { checkMarks, readUnsureUntil } from '../../../../bridge/store/portable/marks.ts'
import { openSqlite } from '../../../../bridge/store/sqlite.ts'
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
  const kefu = async (...argv: string[]) => {
    const written: string[] = []
    const keep = (text: string) => void written.push(text)
    const code = await runCli({ argv: [...argv, '--lang', 'en'], env, stdout: keep, stderr: keep })
    return { code, text: written.join('') }
  }
  return { dataDir, url, env, open, kefu, file: join(dataDir, 'kefu.backup.gz') }
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
    const moved = await source.kefu('move', '--to', target.url ?? target.dataDir)
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
    expect(await restored.all('select id from conversation where dirty > answered')).toHaveLength(2)
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
      text: expect.stringContaining('not what its name says'),
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

describe.each(ENGINES)('an upgrade on $engine', ({ engine, isMissing }) => {
  it.skipIf(isMissing())('from the oldest schema keeps the data', async () => {
    const place = await newPlace(engine)
    const path = toSqlitePath(place.dataDir)
    const database =
      place.url === undefined
        ? openSqlite({ path })
        : await (await import('../../../../bridge/store/postgres.ts')).openPostgres({
            url: place.url,
            poolSize: 2,
            log: createRecordingLogger(),
          })
    onTestFinished(() => database.close())
    await migrate(database, { to: 1 })
    const id = await databaseId(database)
    await database.run(
      `insert into conversation (id, open_kfid, external_userid, created_at) values ('wk1:wm1', 'wk1', 'wm1', 1)`,
    )
    const { MIGRATIONS } = await import('../../../../bridge/store/migrate.ts')
    const next = [`alter table conversation add column shade text not null default 'plain'`]
    await migrate(database, { migrations: [...MIGRATIONS, next] })
    await migrate(database, { migrations: [...MIGRATIONS, next] })
    expect(await database.all('select external_userid, shade from conversation')).toEqual([
      { external_userid: 'wm1', shade: 'plain' },
    ])
    expect(await databaseId(database)).toBe(id)
    // The program before does not touch what it does not know.
    await expect(migrate(database)).rejects.toMatchObject({ code: 'database.too-new' })
  })
})
