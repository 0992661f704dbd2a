/**
 * A backup is one gzip'd file of JSON lines, the same for both engines: the header, the rows of each table as arrays, and a last line
 * without which the file counts as cut off. Bytes are `{"b": base64}`. Files of customers may follow the rows, each a line. It holds customers' words, so only its owner may read it.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { z } from 'zod'
import { AppError } from '../../../shared/app-error.ts'
import type { SqlValue } from '../database.ts'
import type { MediaFile } from './media-files.ts'
import { BATCH_ROWS, type PortableBatch, type PortableHeader, type PortableSource } from './portable-source.ts'

const FORMAT = 'kefu-edge backup'
const FORMAT_VERSION = 1

const tableSchema = z.object({
  name: z.string().regex(/^\w+$/),
  columns: z.array(z.string().regex(/^\w+$/)).min(1),
  rows: z.int().min(0),
})
const headerSchema = z.object({
  format: z.literal(FORMAT),
  formatVersion: z.literal(FORMAT_VERSION),
  schema: z.int().min(1),
  engine: z.enum(['sqlite', 'postgres']),
  databaseId: z.string().min(1),
  at: z.number(),
  isRunning: z.boolean(),
  tables: z.array(tableSchema),
})
const valueSchema = z.union([z.string(), z.number(), z.null(), z.object({ b: z.base64() })])
const lineSchema = z.union([
  z.object({ table: z.string() }),
  z.object({ end: z.literal(true) }),
  z.object({ media: z.string().regex(/^[0-9a-f]{64}$/), b: z.base64() }),
  z.array(valueSchema),
])

export interface WriteBackupOptions {
  /** Hears of the rows written so far. */
  onRows?: (rows: number) => void
  /** Files of customers that go along. */
  media?: AsyncIterable<MediaFile> | undefined
  /** Ends it; then nothing is left behind. */
  signal?: AbortSignal
}

/**
 * Writes beside `path` and renames at the end, so that a file of that name is always whole, also when two are written at once. Resolves to
 * how many files of customers went along. Rejects with `backup.file` when the disk is full or fails, and with the reason of `signal`.
 */
export async function writeBackup(
  source: PortableSource,
  path: string,
  { onRows, media, signal }: WriteBackupOptions = {},
): Promise<number> {
  let files = 0
  const partial = `${path}.${randomUUID()}.partial`
  async function* lines(): AsyncGenerator<string> {
    yield toLine({ format: FORMAT, formatVersion: FORMAT_VERSION, ...source.header })
    let table: string | undefined
    let rows = 0
    for await (const batch of source.batches()) {
      if (batch.table !== table) yield toLine({ table: batch.table })
      table = batch.table
      rows += batch.rows.length
      onRows?.(rows)
      yield batch.rows.map((row) => toLine(row.map(toJson))).join('')
    }
    for await (const { hash, bytes } of media ?? []) {
      files += 1
      yield toLine({ media: hash, b: Buffer.from(bytes).toString('base64') })
    }
    yield toLine({ end: true })
  }
  try {
    await removeAbandoned(path)
    const output = createWriteStream(partial, { mode: 0o600, flags: 'wx' })
    await pipeline(Readable.from(lines()), createGzip(), output, signal === undefined ? {} : { signal })
    await syncToDisk(partial)
    await rename(partial, path)
    await syncToDisk(dirname(path))
    return files
  } catch (error) {
    await rm(partial, { force: true })
    signal?.throwIfAborted()
    throw toFileError(error, path)
  }
}

/** One that is being written grows all the time. */
const ABANDONED_MS = 3_600_000

/** What earlier attempts left that were killed: customers' words under a name that nobody looks for. */
async function removeAbandoned(path: string): Promise<void> {
  const names = await readdir(dirname(path)).catch(() => [])
  for (const name of names) {
    if (!name.startsWith(`${basename(path)}.`) || !/\.[0-9a-f-]{36}\.partial$/.test(name)) continue
    const partial = join(dirname(path), name)
    const facts = await stat(partial).catch(() => undefined)
    if (facts !== undefined && facts.mtimeMs < Date.now() - ABANDONED_MS) await rm(partial, { force: true })
  }
}

/**
 * Opens a backup and reads its header. Its `batches` reject with `backup.damaged` when the file is cut off, was changed, or
 * does not hold what its header says.
 */
export async function openBackup(path: string): Promise<PortableSource> {
  const [first] = await take(readLines(path), 1)
  const parsed = headerSchema.safeParse(first)
  if (!parsed.success) {
    throw new AppError('backup.unknown', `${path} is no backup of kefu-edge, or of a newer version`, {
      retryable: false,
      details: { path },
    })
  }
  const { format: _, formatVersion: __, ...header } = parsed.data
  return {
    header,
    batches: () => readBatches(path, header),
    media: () => readMedia(path),
    close: async () => undefined,
  }
}

async function* readBatches(path: string, header: PortableHeader): AsyncGenerator<PortableBatch> {
  const counts = new Map<string, number>()
  let current: { name: string; columns: number } | undefined
  let rows: SqlValue[][] = []
  let isFirst = true
  let isWhole = false
  for await (const line of readLines(path)) {
    if (isFirst) {
      isFirst = false
      continue
    }
    const parsed = lineSchema.safeParse(line)
    if (!parsed.success || isWhole) throw damaged(path)
    const { data } = parsed
    if (Array.isArray(data)) {
      if (current === undefined || data.length !== current.columns) throw damaged(path)
      rows.push(data.map(fromJson))
      counts.set(current.name, (counts.get(current.name) ?? 0) + 1)
      if (rows.length < BATCH_ROWS) continue
    }
    if (rows.length > 0 && current !== undefined) yield { table: current.name, rows }
    rows = []
    if ('end' in data) isWhole = true
    else if ('media' in data && !isMediaOf(data)) throw damaged(path)
    else if ('table' in data) {
      const table = header.tables.find(({ name }) => name === data.table)
      if (table === undefined) throw damaged(path)
      current = { name: table.name, columns: table.columns.length }
    }
  }
  if (!isWhole || header.tables.some((table) => (counts.get(table.name) ?? 0) !== table.rows)) throw damaged(path)
}

function isMediaOf({ media, b }: { media: string; b: string }): boolean {
  return createHash('sha256').update(Buffer.from(b, 'base64')).digest('hex') === media
}

async function* readMedia(path: string): AsyncGenerator<MediaFile> {
  for await (const line of readLines(path)) {
    const parsed = lineSchema.safeParse(line)
    if (parsed.success && 'media' in parsed.data) {
      yield { hash: parsed.data.media, bytes: Buffer.from(parsed.data.b, 'base64') }
    }
  }
}

async function* readLines(path: string): AsyncGenerator<unknown> {
  const file = createReadStream(path)
  const unpacked = createGunzip()
  // A failure of the file reaches the reader through what unpacks it.
  file.on('error', (error) => unpacked.destroy(error))
  file.pipe(unpacked)
  unpacked.setEncoding('utf8')
  try {
    // Not by node:readline, which also breaks lines at U+2028, and customers may write that.
    let rest = ''
    for await (const chunk of unpacked) {
      const lines = `${rest}${chunk}`.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) yield JSON.parse(line)
    }
    if (rest !== '') throw damaged(path)
  } catch (error) {
    throw toFileError(error, path)
  } finally {
    file.destroy()
    unpacked.destroy()
  }
}

async function take<T>(items: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = []
  for await (const item of items) {
    taken.push(item)
    if (taken.length >= count) break
  }
  return taken
}

async function syncToDisk(path: string): Promise<void> {
  const file = await open(path)
  await file.sync().finally(() => file.close())
}

const toLine = (value: unknown): string => `${JSON.stringify(value)}\n`

function toJson(value: SqlValue): unknown {
  return value instanceof Uint8Array ? { b: Buffer.from(value).toString('base64') } : value
}

function fromJson(value: z.infer<typeof valueSchema>): SqlValue {
  return typeof value === 'object' && value !== null ? Buffer.from(value.b, 'base64') : value
}

function damaged(path: string, cause?: unknown): AppError {
  return new AppError('backup.damaged', `${path} is damaged or was not written to its end`, {
    retryable: false,
    cause,
    details: { path },
  })
}

function toFileError(error: unknown, path: string): unknown {
  if (error instanceof AppError) return error
  const code = (error as NodeJS.ErrnoException).code
  if (error instanceof SyntaxError || code?.startsWith('Z_') || code?.startsWith('ERR_ZLIB'))
    return damaged(path, error)
  if (code === undefined) return error
  return new AppError('backup.file', `${path} can not be read or written (${code})`, {
    retryable: false,
    cause: error,
    details: { path, code },
  })
}
