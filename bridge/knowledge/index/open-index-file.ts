/**
 * The search index: an SQLite file that is derived from the rows of the knowledge and may be deleted at any time. FTS5 finds the entries that may
 * fit, by hashed terms; those are then scored exactly. Several processes may use one file: whoever holds the write lock brings in
 * what is newer than what is there. Everything here blocks, so it runs in a thread of its own.
 */
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { isKindOfQuestion } from '../find-senses.ts'
import { type Alias, learnFromQuestions, learnFromText } from '../learn-aliases.ts'
import { connectIndexFile } from './connect-index-file.ts'
import type { IndexChunk, IndexDocument } from './index-document.ts'
import {
  type CountedEntry,
  countEntry,
  decodeStatistics,
  emptyStatistics,
  encodeStatistics,
  type Statistics,
} from './statistics.ts'
import { decodeTerms, encodeTerms } from './term-list.ts'
import { toEntry } from './to-entry.ts'
import { createVectorMatrix, toUnit, type VectorMatrix } from './vector-matrix.ts'

export interface IndexFile {
  /** Of the documents that are in it. */
  versions(): Map<string, number>
  /** Puts in or replaces, in one transaction; a document that is there in this version or a newer one is left alone. */
  put(documents: readonly IndexDocument[]): void
  remove(ids: readonly string[]): void
  statistics(): Statistics
  /** The entries that hold most of the terms and senses, by their weights: those that are worth to be scored exactly. */
  candidates(terms: readonly Wanted[], senses: readonly Wanted[], bases: readonly string[] | undefined): number[]
  entry(id: number): StoredEntry | undefined
  entriesOf(chunk: string): number[]
  chunk(id: string): StoredChunk | undefined
  /** All that is found by questions; undefined when it is more than `limit`, or when these bases hold anything else. */
  allQuestions(bases: readonly string[] | undefined, limit: number): { title: string; text: string }[] | undefined
  aliases(): readonly Alias[]
  /** Those of this model. */
  vectors(model: string): StoredVectors
  close(): void
}

export interface Wanted {
  /** The hash of the term, or the number of the sense. */
  id: number
  weight: number
}

export interface StoredEntry extends CountedEntry {
  chunk: string
}

export interface StoredChunk {
  document: string
  base: string
  kind: IndexChunk['kind']
  title: string
  text: string
  meta: string
}

export interface StoredVectors {
  model: string
  matrix: VectorMatrix
  chunks: readonly { id: string; base: string }[]
}

const MAX_CANDIDATES = 120
/** Of one word; terms that stand in more are not looked up. */
const MAX_ROWS = 8_000
const KEPT_ENTRIES = 4_000

const COUNT =
  'select doc.base, chunk.kind, count(*) as count from chunk join doc on doc.id = chunk.doc group by doc.base, chunk.kind'

const QUESTIONS = 'select doc.base, chunk.title, chunk.text from chunk join doc on doc.id = chunk.doc order by chunk.id'

export function openIndexFile(path: string): IndexFile {
  const database = connectIndexFile(path)
  const statements = new Map<string, StatementSync>()
  const prepare = (sql: string): StatementSync => {
    const statement = statements.get(sql) ?? database.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  const all = <Row>(sql: string, ...values: SQLInputValue[]) => prepare(sql).all(...values) as Row[]
  const run = (sql: string, ...values: SQLInputValue[]) => prepare(sql).run(...values)

  let seen: unknown
  let statistics = emptyStatistics()
  let aliases: readonly Alias[] = []
  let vectors: StoredVectors | undefined
  const entries = new Map<number, StoredEntry>()
  const basesById = new Map<number, string>()
  /** Another process may have written since. */
  const refresh = (): void => {
    const { data_version: now } = prepare('pragma data_version').get() as { data_version: number }
    if (now === seen) return
    seen = now
    forget()
    statistics = readStatistics()
    aliases = readAliases()
  }
  const forget = () => {
    entries.clear()
    basesById.clear()
    vectors = undefined
  }
  const readStatistics = (): Statistics => {
    const [row] = all<{ value: Uint8Array }>(`select value from state where key = 'statistics'`)
    return row === undefined ? emptyStatistics() : decodeStatistics(row.value)
  }
  const readAliases = () =>
    all<{ one: string; other: string }>('select distinct one, other from alias').map(
      ({ one, other }) => [one, other] as const,
    )

  /** A model may change the length of its vectors: those of the newest count. */
  const readVectors = (model: string): StoredVectors => {
    const [length] = all<{ bytes: number; count: number }>(
      'select length(value) as bytes, count(*) as count from vector where model = ? group by 1 order by max(rowid) desc limit 1',
      model,
    )
    const { bytes, count } = length ?? { bytes: 0, count: 0 }
    const numbers = new Float32Array((bytes / 4) * count)
    const target = new Uint8Array(numbers.buffer)
    const chunks: { id: string; base: string }[] = []
    const rows = prepare('select chunk, base, value from vector where model = ? and length(value) = ? limit ?')
    for (const row of rows.iterate(model, bytes, count) as unknown as Iterable<{
      chunk: string
      base: string
      value: Uint8Array
    }>) {
      target.set(row.value, chunks.length * bytes)
      chunks.push({ id: row.chunk, base: row.base })
    }
    return { model, matrix: createVectorMatrix(numbers, bytes / 4), chunks }
  }

  const entry = (id: number): StoredEntry | undefined => {
    const known = entries.get(id)
    if (known !== undefined) return known
    const [row] = all<EntryRow>('select chunk, length, question, terms, senses from entry where id = ?', id)
    if (row === undefined) return undefined
    const read = {
      ...{ chunk: row.chunk, length: row.length, isQuestion: row.question === 1, terms: decodeTerms(row.terms) },
      senses: new Map(JSON.parse(row.senses) as [number, number][]),
    }
    if (entries.size >= KEPT_ENTRIES) entries.clear()
    entries.set(id, read)
    return read
  }

  /** All at once when it is first asked for. */
  const baseOf = (id: number): string => {
    if (basesById.size === 0) {
      const rows = all<{ id: number; base: string }>(
        'select entry.id, doc.base from entry join chunk on chunk.id = entry.chunk join doc on doc.id = chunk.doc',
      )
      for (const row of rows) basesById.set(row.id, row.base)
    }
    return basesById.get(id) ?? ''
  }

  const take = (documentId: string): void => {
    for (const { id } of all<{ id: string }>('select id from chunk where doc = ?', documentId)) {
      for (const { id: entryId } of all<{ id: number }>('select id from entry where chunk = ?', id)) {
        const stored = entry(entryId)
        if (stored !== undefined) countEntry(statistics, stored, -1)
        run('delete from found where rowid = ?', entryId)
        run('delete from entry where id = ?', entryId)
      }
      run('delete from vector where chunk = ?', id)
    }
    run('delete from chunk where doc = ?', documentId)
    run('delete from alias where doc = ?', documentId)
    run('delete from doc where id = ?', documentId)
  }

  const addEntry = (chunk: IndexChunk, head: string): void => {
    const made = toEntry(chunk, head)
    const { lastInsertRowid } = run(
      'insert into entry (chunk, length, question, terms, senses) values (?, ?, ?, ?, ?)',
      chunk.id,
      made.length,
      made.isQuestion ? 1 : 0,
      encodeTerms(made.terms),
      JSON.stringify([...made.senses]),
    )
    const senses = [...made.senses.keys()].filter((sense) => !isKindOfQuestion(sense)).map(senseWord)
    const words = [...[...made.terms.hashes].map(termWord), ...senses]
    run('insert into found (rowid, terms) values (?, ?)', lastInsertRowid, words.join(' '))
    countEntry(statistics, made, 1)
  }

  const add = ({ id, version, base, meta, chunks }: IndexDocument): void => {
    run('insert into doc (id, version, base, meta) values (?, ?, ?, ?)', id, version, base, meta)
    for (const chunk of chunks) {
      const { heads, text } = chunk
      run(
        'insert into chunk (id, doc, kind, title, text) values (?, ?, ?, ?, ?)',
        chunk.id,
        id,
        chunk.kind,
        heads[0] ?? '',
        text,
      )
      for (const head of heads) addEntry(chunk, head)
      if (chunk.vector !== undefined)
        run(
          'insert into vector (chunk, base, model, value) values (?, ?, ?, ?)',
          chunk.id,
          base,
          chunk.vector.model,
          toBytes(toUnit(chunk.vector.numbers)),
        )
      const learned = [...learnFromText(text), ...(chunk.kind === 'question' ? learnFromQuestions(heads) : [])]
      for (const [one, other] of learned) run('insert into alias (doc, one, other) values (?, ?, ?)', id, one, other)
    }
  }

  const write = (work: () => void): void => {
    database.exec('begin immediate')
    try {
      refresh()
      work()
      run(
        `insert into state (key, value) values ('statistics', ?) on conflict (key) do update set value = excluded.value`,
        encodeStatistics(statistics),
      )
      database.exec('commit')
    } catch (error) {
      database.exec('rollback')
      seen = undefined
      throw error
    }
    forget()
    aliases = readAliases()
  }

  return {
    versions() {
      const rows = all<{ id: string; version: number }>('select id, version from doc')
      return new Map(rows.map(({ id, version }) => [id, version]))
    },
    put(documents) {
      write(() => {
        for (const document of documents) {
          const [row] = all<{ version: number }>('select version from doc where id = ?', document.id)
          if (row !== undefined && row.version >= document.version) continue
          if (row !== undefined) take(document.id)
          add(document)
        }
      })
    },
    remove(ids) {
      if (ids.length > 0) write(() => ids.forEach(take))
    },
    statistics() {
      refresh()
      return statistics
    },
    candidates(terms, senses, bases) {
      const sums = new Map<number, number>()
      // FTS5 keeps no weights here, so each word is looked up alone and summed up in this place. One long row is read sooner than many.
      const find = prepare(
        `select json_group_array(rowid) as ids from (select rowid from found where found match ? limit ${MAX_ROWS})`,
      )
      const sum = (word: string, weight: number) => {
        const { ids } = find.get(word) as { ids: string }
        for (const id of JSON.parse(ids) as number[]) sums.set(id, (sums.get(id) ?? 0) + weight)
      }
      for (const { id, weight } of terms) sum(termWord(id), weight)
      for (const { id, weight } of senses) sum(senseWord(id), weight)
      const wanted = bases === undefined ? undefined : new Set(bases)
      const found = [...sums].filter(([id]) => wanted === undefined || wanted.has(baseOf(id)))
      return found
        .sort((one, other) => other[1] - one[1])
        .slice(0, MAX_CANDIDATES)
        .map(([id]) => id)
    },
    entry,
    entriesOf: (chunk) => all<{ id: number }>('select id from entry where chunk = ?', chunk).map(({ id }) => id),
    chunk: (id) =>
      all<StoredChunk>(
        `select chunk.doc as document, doc.base, chunk.kind, chunk.title, chunk.text, doc.meta
         from chunk join doc on doc.id = chunk.doc where chunk.id = ?`,
        id,
      )[0],
    allQuestions(bases, limit) {
      refresh()
      const wanted = bases === undefined ? undefined : new Set(bases)
      const isWanted = ({ base }: { base: string }) => wanted === undefined || wanted.has(base)
      const counts = all<{ base: string; kind: string; count: number }>(COUNT).filter(isWanted)
      const questions = counts.reduce((sum, { count }) => sum + count, 0)
      if (questions === 0 || questions > limit || counts.some(({ kind }) => kind !== 'question')) return undefined
      return all<{ base: string; title: string; text: string }>(QUESTIONS).filter(isWanted)
    },
    aliases() {
      refresh()
      return aliases
    },
    vectors(model) {
      refresh()
      if (vectors?.model === model) return vectors
      vectors = readVectors(model)
      return vectors
    },
    close: () => database.close(),
  }
}

interface EntryRow {
  chunk: string
  length: number
  question: number
  terms: Uint8Array
  senses: string
}

// Letters and digits only, so that FTS5 takes each as one word.
const termWord = (hash: number) => (hash >>> 0).toString(36)
const senseWord = (sense: number) => `sense${sense}x`

function toBytes(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)
}
