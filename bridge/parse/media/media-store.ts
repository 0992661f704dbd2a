/**
 * Files of customers on disk, `<folder>/<2>/<sha256>`, known by their content, so that what comes twice is there once. A file is written
 * under another name, made to last, and renamed: whatever stands under a hash is whole.
 *
 * The rows that say what is to be kept are elsewhere. A file without a row, left by a crash or by retention, goes with the next sweep;
 * young files stay, because their row may be on its way. Each machine sweeps its own disk.
 */
import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, opendir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../../shared/app-error.ts'

export interface KeptFile {
  path: string
  /** SHA-256, in hex. */
  hash: string
  bytes: number
  /** Its first bytes, to tell what it is. */
  head: Uint8Array
}

export interface MediaStore {
  /**
   * Rejects as `body` does, with `media.too-large` for more than `maxBytes`, and with `media.disk` (retryable) when the disk is full or
   * fails; then nothing is kept.
   */
  keep(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, maxBytes: number): Promise<KeptFile>
  /** Undefined when it is not on this machine. */
  find(hash: string): Promise<KeptFile | undefined>
  /** Removes files that nobody knows. `known` says which of some hashes have a row. Resolves to how many went. */
  sweep(known: (hashes: readonly string[]) => Promise<ReadonlySet<string>>, signal?: AbortSignal): Promise<number>
}

export interface MediaStoreOptions {
  folder: string
  /** Younger files are not swept. Default an hour. */
  youngMs?: number
}

const HEAD_BYTES = 4096
const HASH = /^[0-9a-f]{64}$/
/** Where files are written before they have a name. */
const UNNAMED = 'new'
const SWEEP_CHUNK = 200

export function createMediaStore({ folder, youngMs = 3_600_000 }: MediaStoreOptions): MediaStore {
  const folderOf = (hash: string) => join(folder, hash.slice(0, 2))
  const pathOf = (hash: string) => join(folderOf(hash), hash)

  const write = async (
    file: FileHandle,
    body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    maxBytes: number,
  ): Promise<Omit<KeptFile, 'path'>> => {
    const hash = createHash('sha256')
    let head: Uint8Array = new Uint8Array()
    let bytes = 0
    for await (const chunk of body) {
      bytes += chunk.length
      if (bytes > maxBytes) throw new AppError('media.too-large', `more than ${maxBytes} bytes`, { retryable: false })
      hash.update(chunk)
      if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)])
      await onDisk(() => file.writeFile(chunk))
    }
    await onDisk(() => file.sync())
    return { hash: hash.digest('hex'), bytes, head }
  }

  return {
    async keep(body, maxBytes) {
      const unnamed = join(folder, UNNAMED, randomUUID())
      await onDisk(() => mkdir(join(folder, UNNAMED), { recursive: true }))
      const file = await onDisk(() => open(unnamed, 'wx', 0o600))
      try {
        const kept = await write(file, body, maxBytes).finally(() => file.close())
        const path = pathOf(kept.hash)
        await onDisk(() => mkdir(folderOf(kept.hash), { recursive: true }))
        // Also over the same content: then it is young again.
        await onDisk(() => rename(unnamed, path))
        return { ...kept, path }
      } catch (error) {
        await rm(unnamed, { force: true }).catch(() => undefined)
        throw error
      }
    },

    async find(hash) {
      if (!HASH.test(hash)) return undefined
      const file = await open(pathOf(hash)).catch(() => undefined)
      if (file === undefined) return undefined
      try {
        const { size } = await file.stat()
        const { bytesRead, buffer } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
        return { path: pathOf(hash), hash, bytes: size, head: buffer.subarray(0, bytesRead) }
      } finally {
        await file.close()
      }
    },

    async sweep(known, signal) {
      let removed = 0
      const oldest = Date.now() - youngMs
      const sweepFolder = async (name: string) => {
        for await (const paths of oldFiles(join(folder, name), oldest)) {
          signal?.throwIfAborted()
          const kept = name === UNNAMED ? new Set<string>() : await known(paths.map(({ hash }) => hash))
          for (const { path } of paths.filter(({ hash }) => !kept.has(hash))) {
            // It may have come again meanwhile.
            if (!(await isOld(path, oldest))) continue
            await rm(path, { force: true })
            removed += 1
          }
        }
      }
      for await (const { name } of entriesOf(folder)) {
        if (name === UNNAMED || /^[0-9a-f]{2}$/.test(name)) await sweepFolder(name)
      }
      return removed
    },
  }
}

/** In chunks. */
async function* oldFiles(folder: string, oldest: number): AsyncGenerator<{ path: string; hash: string }[]> {
  let chunk: { path: string; hash: string }[] = []
  for await (const { name } of entriesOf(folder)) {
    const path = join(folder, name)
    if (await isOld(path, oldest)) chunk.push({ path, hash: name })
    if (chunk.length < SWEEP_CHUNK) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

/** None of a folder that isn't there. */
async function* entriesOf(folder: string) {
  const entries = await opendir(folder).catch(() => undefined)
  if (entries !== undefined) yield* entries
}

async function isOld(path: string, oldest: number): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined)
  return facts?.isFile() === true && facts.mtimeMs < oldest
}

/** What goes wrong on the disk says nothing about the file that comes: it is tried again. */
async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException
    throw new AppError('media.disk', `a file of a customer can't be kept: ${code}`, {
      retryable: true,
      details: { code },
    })
  }
}
