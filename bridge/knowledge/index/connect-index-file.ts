import { createHash } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { EVERYDAY_WORDS } from '../everyday-words.ts'

/** Raised when what is in the file changes its meaning. */
const REVISION = 4
/** Senses are stored by their place in the list, so another list is another format, too. A file of another one is made anew. */
const FORMAT = toFormat(`${REVISION}\n${EVERYDAY_WORDS.join('\n')}`)
const BUSY_MS = 10_000

const SCHEMA = `
  create table state (key text primary key, value blob) without rowid;
  create table doc (id text primary key, version integer not null, base text not null, meta text not null) without rowid;
  create table chunk (id text primary key, doc text not null, kind text not null, title text not null, text text not null) without rowid;
  create index chunk_doc on chunk (doc);
  create table entry (id integer primary key, chunk text not null, length integer not null, question integer not null, terms blob not null, senses text not null);
  create index entry_chunk on entry (chunk);
  create table alias (doc text not null, one text not null, other text not null);
  create index alias_doc on alias (doc);
  create table vector (chunk text primary key, base text not null, model text not null, value blob not null);
  create virtual table found using fts5 (terms, content = '', contentless_delete = 1, detail = none, tokenize = 'unicode61');
  pragma user_version = ${FORMAT};`

/** The file of the index with its tables; one that can't be used is made anew. */
export function connectIndexFile(path: string): DatabaseSync {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
  try {
    return prepareFile(path)
  } catch {
    // Damaged, or of another version of this program: it is only a copy.
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
    return prepareFile(path)
  }
}

function prepareFile(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: BUSY_MS })
  try {
    // What a power cut takes is derived again.
    database.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma cache_size = -16000')
    database.exec('begin immediate')
    const { user_version: format } = database.prepare('pragma user_version').get() as { user_version: number }
    if (format === 0) database.exec(SCHEMA)
    else if (format !== FORMAT) throw new Error(`the index has format ${format}`)
    database.exec('commit')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** SQLite keeps 32 bits of it; 0 means a new file. */
function toFormat(text: string): number {
  return (createHash('sha256').update(text).digest().readUInt32BE() & 0x7fff_ffff) | 1
}
