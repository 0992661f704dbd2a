import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { database as databaseCheck } from '../../../../bridge/cli/doctor/checks/database.ts'
import { openInstallation } from '../../../../bridge/cli/doctor/installation.ts'
import { runChecks } from '../../../../bridge/cli/doctor/run-checks.ts'
import { runCli } from '../../../../bridge/cli/run-cli.ts'
import { createKnowledge } from '../../../../bridge/knowledge/create-knowledge.ts'
import { createKnowledgeUpkeep } from '../../../../bridge/knowledge/create-upkeep.ts'
import { createVectorMatrix, toUnit } from '../../../../bridge/knowledge/index/vector-matrix.ts'
import { createDocumentStore, type NewDocument } from '../../../../bridge/store/document-store.ts'
import { openDatabase } from '../../../../bridge/store/open-database.ts'
import { openVectorIndex } from '../../../../bridge/store/vector-index.ts'
import { watchDatabase } from '../../../../bridge/store/watch-database.ts'
import { isMissing } from '../../../support/available-servers.ts'
import { type PgvectorServer, startPgvectorServer } from '../../../support/pgvector-server.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { sharedPostgresDatabase } from '../../../support/shared-servers.ts'
import { startStandInRetrieval } from '../../../support/stand-in-retrieval.ts'

const DIMENSIONS = 32

/** A database, the store over it, and what was put in. `vectors` is undefined where the server has no pgvector. */
async function openStore(url: string, restMs = 60_000) {
  const log = createRecordingLogger()
  const opened = await openDatabase({ url, dataDir: '', poolSize: 2, log })
  const database = watchDatabase(opened, { log, probeMs: 60_000 })
  onTestFinished(() => database.close())
  const vectors = await openVectorIndex(database, { log, restMs })
  const store = createDocumentStore(database, vectors)
  const plain = createDocumentStore(database)
  const add = async (baseName: string, document: NewDocument) => {
    const base = await store.ensureBase(baseName)
    const source = await store.ensureSource({ base, kind: 'folder', uri: '/docs', everyMs: 0 })
    await store.save(base, source.id, document)
    return base
  }
  const known = new Map<string, Float32Array>()
  /** Gives a vector to each chunk that has none of this model. `into` a store that knows no pgvector as well. */
  const embed = async (model: string, dimensions: number, into = store) => {
    const waiting = await into.withoutVector(model, 1000)
    const made = waiting.map(({ id }) => ({ id, vector: makeVector(`${model} ${id}`, dimensions) }))
    await into.saveVectors(model, made)
    for (const { id, vector } of made) known.set(id, vector)
  }
  /** By comparing with every one of them. */
  const exact = (vector: Float32Array, limit: number, ids: readonly string[] = [...known.keys()]) => {
    const all = new Float32Array(ids.flatMap((id) => [...toUnit(known.get(id) ?? new Float32Array())]))
    const nearest = createVectorMatrix(all, vector.length).nearest(vector, limit, () => true)
    return nearest.map(({ place }) => ids[place])
  }
  const indexed = async () =>
    database.all<{ model: string; dims: number; n: number }>(
      'select model, dims, count(*) as n from chunk_vector group by model, dims order by model, dims',
    )
  return { log, database, vectors, store, plain, add, embed, exact, indexed, known }
}

type Opened = Awaited<ReturnType<typeof openStore>>

function vectorsOf({ vectors }: Opened) {
  if (vectors === undefined) throw new Error('pgvector is not used')
  return vectors
}

const document = (uri: string, chunks: number, hash = '1'): NewDocument => ({
  ...{ uri, kind: 'text', title: uri, hash, meta: {} },
  chunks: Array.from({ length: chunks }, (_, no) => ({ heading: '', text: `${uri} ${no}` })),
})

/** The same for the same text. */
function makeVector(text: string, dimensions: number): Float32Array {
  let state = [...text].reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0, 7)
  return Float32Array.from({ length: dimensions }, () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0
    return state / 2 ** 32 - 0.5
  })
}

/** What the doctor says of pgvector. */
async function askDoctor(url: string): Promise<string[]> {
  const env = {
    ...{
      DATABASE_URL: url,
      EDGE_URL: 'http://localhost',
      WECHAT_CORP_ID: 'ww1',
      WECHAT_SECRET: 's',
      EMBEDDING_API_KEY: 'k',
    },
    BRIDGE_TOKEN: 'x'.repeat(32),
  }
  const installation = openInstallation({ env, devVars: {} })
  onTestFinished(() => installation.close())
  const [result] = await runChecks([databaseCheck], installation)
  return (result?.findings ?? []).map(({ code }) => code).filter((code) => code.includes('pgvector'))
}

describe('vectors in a PostgreSQL that has pgvector', () => {
  let server: PgvectorServer
  beforeAll(async () => {
    server = await startPgvectorServer()
  })
  afterAll(() => server.stop())
  beforeEach(() => server.clear())
  const open = (restMs?: number) => openStore(server.url, restMs)

  it('finds what comparing with each of them finds, in the bases that are asked', async () => {
    const opened = await open()
    const [shoes, coats] = [await opened.add('shoes', document('a', 120)), await opened.add('coats', document('b', 60))]
    await opened.embed('m', DIMENSIONS)
    const ids = [...opened.known.keys()]
    const ofCoats = (
      await opened.database.all<{ chunk: string }>('select chunk from chunk_vector where base = ?1', coats)
    ).map(({ chunk }) => chunk)
    expect([ids.length, ofCoats.length]).toEqual([180, 60])
    const asked = Array.from({ length: 10 }, (_, no) => makeVector(`question ${no}`, DIMENSIONS))
    const near = (bases: readonly string[] | undefined) =>
      vectorsOf(opened).near({ model: 'm', vectors: asked, bases, limit: 20 })
    // At half precision two that are equally near may change places, also the last of them with the first that is left out.
    for (const [bases, among] of [
      [undefined, ids],
      [[coats], ofCoats],
    ] as const) {
      for (const [no, found] of (await near(bases)).entries()) {
        expect(found).toEqual(expect.arrayContaining(opened.exact(asked[no] ?? new Float32Array(), 15, among)))
        expect([new Set(found).size, found.filter((id) => !among.includes(id))]).toEqual([20, []])
      }
    }
    expect(await near([shoes, coats])).toEqual(await near(undefined))
    expect((await near([])).flat()).toEqual([])
  })

  it('asks an index for them', async () => {
    const opened = await open()
    await opened.add('a', document('a', 1))
    await opened.embed('m', DIMENSIONS)
    const plan = await opened.database.transaction(async (sql) => {
      await sql.run('set local enable_seqscan = off')
      await sql.run('set local enable_bitmapscan = off')
      return sql.all(
        `explain select chunk from chunk_vector where dims = ${DIMENSIONS}
         order by embedding::halfvec(${DIMENSIONS}) <=> cast(?1 as halfvec(${DIMENSIONS})) limit 5`,
        `[${makeVector('q', DIMENSIONS).join()}]`,
      )
    })
    expect(JSON.stringify(plan)).toContain(`Index Scan using chunk_vector_${DIMENSIONS}`)
  })

  it('forgets what is replaced or removed', async () => {
    const opened = await open()
    await opened.add('a', document('a', 3))
    await opened.add('a', document('b', 2))
    await opened.embed('m', DIMENSIONS)
    expect(await opened.indexed()).toEqual([{ model: 'm', dims: DIMENSIONS, n: 5 }])
    await opened.add('a', document('a', 1, '2'))
    expect(await opened.indexed()).toEqual([{ model: 'm', dims: DIMENSIONS, n: 2 }])
    await opened.store.remove((await opened.store.documents()).map(({ id }) => id))
    expect(await opened.indexed()).toEqual([])
  })

  it('never compares vectors of another model or length, and lets them go as the new ones come', async () => {
    const opened = await open()
    await opened.add('a', document('a', 4))
    await opened.embed('old', 16)
    const asked = (model: string, dimensions: number) =>
      vectorsOf(opened).near({ model, vectors: [makeVector('q', dimensions)], bases: undefined, limit: 9 })
    expect([await asked('old', 16), await asked('new', 16), await asked('old', 24)]).toEqual([
      [opened.exact(makeVector('q', 16), 9)],
      [[]],
      [[]],
    ])
    await opened.embed('new', 24)
    expect(await opened.indexed()).toEqual([{ model: 'new', dims: 24, n: 4 }])
    expect(await asked('new', 24)).toEqual([opened.exact(makeVector('q', 24), 9)])
  })

  it('compares one by one what is too long to be indexed', async () => {
    const opened = await open()
    await opened.add('a', document('a', 3))
    await opened.embed('m', 4_001)
    const vectors = [makeVector('q', 4_001)]
    expect(await vectorsOf(opened).near({ model: 'm', vectors, bases: undefined, limit: 3 })).toEqual(
      vectors.map((vector) => opened.exact(vector, 3)),
    )
  })

  it('brings in what was there before, goes on where it was ended, and does nothing twice', async () => {
    const opened = await open()
    await opened.add('a', document('a', 130))
    await opened.embed('m', DIMENSIONS, opened.plain)
    expect(await opened.indexed()).toEqual([])
    const ending = new AbortController()
    const seen: number[][] = []
    await vectorsOf(opened).fill(ending.signal, (...progress) => {
      seen.push(progress)
      ending.abort()
    })
    expect(seen).toEqual([[100, 130]])
    const other = await open()
    const both = await Promise.all([vectorsOf(opened).fill(), vectorsOf(other).fill()])
    expect(Math.max(...both)).toBeGreaterThan(0)
    expect(await opened.indexed()).toEqual([{ model: 'm', dims: DIMENSIONS, n: 130 }])
    expect(await vectorsOf(opened).fill()).toBe(0)
    // One model's vectors were replaced by a process that knows nothing of this.
    await opened.embed('new', DIMENSIONS, opened.plain)
    expect(await vectorsOf(opened).fill()).toBe(130)
    expect(await opened.indexed()).toEqual([{ model: 'new', dims: DIMENSIONS, n: 130 }])
  })

  it('are left where they were by a user who may not make the extension, and the doctor says so', async () => {
    const log = createRecordingLogger()
    const database = await openDatabase({ url: server.url, dataDir: '', poolSize: 1, log })
    onTestFinished(() => database.close())
    await database.run('create role clerk')
    await database.run('grant all on schema public to clerk')
    await database.run('set role clerk')
    try {
      expect(await openVectorIndex(database, { log })).toBeUndefined()
    } finally {
      await database.run('reset role')
      await database.run('drop owned by clerk')
      await database.run('drop role clerk')
    }
    expect(log.lines.map(({ level, fields }) => [level, fields])).toEqual([['info', { pgvector: 'not-created' }]])
    expect(await askDoctor(server.url)).toEqual(['database.pgvector-not-created'])
    expect(await openVectorIndex(database, { log })).toBeDefined()
    expect(await askDoctor(server.url)).toEqual(['database.pgvector'])
  })

  it('begins anew when the extension was taken away in between', async () => {
    const opened = await open()
    await opened.add('a', document('a', 3))
    await opened.embed('m', DIMENSIONS)
    await opened.database.run('drop extension vector cascade')
    const again = await open()
    expect(await vectorsOf(again).fill()).toBe(3)
  })

  it('says by a name of its own that it could not search, and takes nothing else down', async () => {
    const opened = await open()
    await opened.add('a', document('a', 3))
    await opened.embed('m', DIMENSIONS)
    await opened.database.run('drop table chunk_vector')
    const vectors = [makeVector('q', DIMENSIONS)]
    await expect(vectorsOf(opened).near({ model: 'm', vectors, bases: undefined, limit: 3 })).rejects.toMatchObject({
      code: 'database.no-vectors',
      retryable: true,
    })
    expect(opened.database.state()).toEqual({ up: true })
  })

  it.each([
    ['asks the database nothing for a while after a failure', 60_000, false],
    ['asks it again after that while', 0, true],
  ])('%s', async (_what, restMs, asks) => {
    const opened = await open(restMs)
    await opened.add('a', document('a', 1))
    await opened.embed('m', DIMENSIONS)
    const near = () =>
      vectorsOf(opened).near({ model: 'm', vectors: [makeVector('q', DIMENSIONS)], bases: undefined, limit: 1 })
    await opened.database.run('alter table chunk_vector rename to hidden')
    // All of one moment: most of them wait for a connection while the first one fails.
    const [first, ...others] = await Promise.all(
      Array.from({ length: 6 }, () => near().catch((error: Error) => error.message)),
    )
    expect(first).toBe('PostgreSQL could not search the vectors')
    const moments = others.filter((message) => String(message).endsWith('a moment ago'))
    expect(moments.length > 0).toBe(!asks)
    await opened.database.run('alter table hidden rename to chunk_vector')
    const later = await near().catch(() => undefined)
    expect(later?.[0]?.length).toBe(asks ? 1 : undefined)
  })

  it('answers from it with an index file that holds no vector, and by words when it fails', async () => {
    const opened = await open()
    const apiKey = 'sk-test'
    const vendor = await startStandInRetrieval({ apiKey })
    onTestFinished(vendor.close)
    const embedding = { baseUrl: vendor.baseUrl, apiKey, model: 'm' }
    await opened.add('a', { ...document('营业', 0), chunks: [{ heading: '', text: '九点开门。' }] })
    await opened.add('a', { ...document('地址', 0), chunks: [{ heading: '', text: '杭州文三路。' }] })
    const pages = { fetch: fail, read: fail, describeFailure: String, describeUnread: String }
    const shutdown = new AbortController().signal
    await createKnowledgeUpkeep({ store: opened.store, pages, embedding, log: opened.log, shutdown })()
    expect(await opened.indexed()).toMatchObject([{ model: 'm', n: 2 }])

    const dataDir = await mkdtemp(join(tmpdir(), 'kefu-pgvector-'))
    const { store, log } = opened
    const knowledge = createKnowledge({ store, log, basesOf: () => [] }, { dataDir, databaseId: 'd', embedding })
    onTestFinished(async () => {
      await knowledge.stop()
      await rm(dataDir, { recursive: true, force: true })
    })
    // Shares no word with either, so only a vector finds it.
    const find = async (question: string) => {
      const { passages } = await knowledge.find({ openKfId: 'wk1', question, turns: [] }, shutdown)
      return passages.map(({ title }) => title).toSorted()
    }
    expect(await find('xyz')).toEqual(['地址', '营业'])
    expect((await readdir(join(dataDir, 'knowledge-index')))[0]).toBe('d-words.sqlite')
    await opened.database.run('drop table chunk_vector')
    expect(await find('xyz')).toEqual([])
    expect(await find('几点开门')).toEqual(['营业'])
    expect(log.lines).toContainEqual(
      expect.objectContaining({ name: 'knowledge.without', fields: expect.objectContaining({ what: 'vectors' }) }),
    )
  })

  it('is in no backup, and is filled again after a restore', async () => {
    const opened = await open()
    await opened.add('a', document('a', 3))
    await opened.embed('m', DIMENSIONS)
    const dataDir = await mkdtemp(join(tmpdir(), 'kefu-pgvector-'))
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
    const file = join(dataDir, 'kefu.backup.gz')
    const written: string[] = []
    const keep = (text: string) => void written.push(text)
    const kefu = (...argv: string[]) =>
      runCli({ argv, env: { DATABASE_URL: server.url, DATA_DIR: dataDir }, stdout: keep, stderr: keep })
    expect([await kefu('backup', file), written]).toEqual([0, expect.anything()])
    expect([await kefu('restore', file, '--force'), written]).toEqual([0, expect.anything()])
    const restored = await open()
    expect(await restored.indexed()).toEqual([])
    expect(await vectorsOf(restored).fill()).toBe(3)
  })
})

const fail = () => Promise.reject(new Error('nothing is to be read here'))

describe.skipIf(isMissing('postgres'))('vectors in a PostgreSQL without pgvector', () => {
  it('stay in the memory of each process, which is said once', async () => {
    const url = await sharedPostgresDatabase()
    const opened = await openStore(url)
    expect(opened.vectors).toBeUndefined()
    expect(opened.log.lines.map(({ level, name, fields }) => [level, name, fields])).toEqual([
      ['info', 'knowledge.vectors-in-memory', { pgvector: 'not-installed' }],
    ])
    expect(await askDoctor(url)).toEqual(['database.pgvector-not-installed'])
    await opened.add('a', document('a', 2))
    await opened.embed('m', DIMENSIONS)
    const [read] = await opened.store.read([...(await opened.store.versions()).keys()])
    expect(read?.pieces.map(({ vector }) => vector?.length)).toEqual([DIMENSIONS, DIMENSIONS])
  })
})
