import { describe, expect, it } from 'vitest'
import type { Reading } from '../../../../../bridge/parse/documents/reading.ts'
import { createParsePool, type ParsePoolOptions } from '../../../../../bridge/parse/worker/parse-pool.ts'
import type { ReadRequest } from '../../../../../bridge/parse/worker/reading-process.ts'
import type { ReadEnd, Reader, ReaderLimits } from '../../../../../bridge/parse/worker/start-reader.ts'
import { AppError } from '../../../../../shared/app-error.ts'
import { createRecordingLogger } from '../../../../support/recording-logger.ts'
import { waitUntil } from '../../../../support/wait-until.ts'

const reading: Reading = { outcome: 'read', kind: 'text', title: '', text: '内容', notes: [] }
const done: ReadEnd = { kind: 'done', reading }
const signal = new AbortController().signal
const small = { bytes: new Uint8Array(10) }
const large = { bytes: new Uint8Array(2_000) }

interface Asked {
  reader: number
  bytes: number
  deadlineMs: number
  settle: (end: ReadEnd | Error) => void
}

/** A pool whose processes do what the test says. */
function createPool(options: ParsePoolOptions = {}) {
  const asked: Asked[] = []
  const readers: { isAlive: boolean; memoryMb: number; limits: ReaderLimits }[] = []
  const log = createRecordingLogger()
  const start = (limits: ReaderLimits): Reader => {
    const state = { isAlive: true, memoryMb: 50, limits }
    const reader = readers.push(state) - 1
    return {
      isAlive: () => state.isAlive,
      memoryMb: () => state.memoryMb,
      kill: () => {
        state.isAlive = false
      },
      read: <Request extends ReadRequest>(request: Request, deadlineMs: number) =>
        new Promise<ReadEnd<Request>>((resolve, reject) => {
          const settle = (end: ReadEnd | Error) => {
            if (end instanceof Error) return reject(end)
            if (end.kind === 'gone') state.isAlive = false
            // The test answers in the kind that was asked in.
            resolve(end as ReadEnd<Request>)
          }
          const { bytes } = 'source' in request ? request.source : request.picture
          asked.push({ reader, bytes: bytes.length, deadlineMs, settle })
        }),
    }
  }
  const pool = createParsePool({ log, start }, { quickMaxBytes: 1_000, ...options })
  const nextAsked = (count: number) =>
    waitUntil(() => asked.length >= count && asked[count - 1], { what: `${count} documents are asked for` })
  return { pool, asked, readers, log, nextAsked }
}

describe('createParsePool', () => {
  it('reads a small document while a large one is being read', async () => {
    const { pool, nextAsked } = createPool()
    const long = pool.read(large, signal)
    const slow = await nextAsked(1)
    const short = pool.read(small, signal)
    const quick = await nextAsked(2)
    expect(quick.reader).not.toBe(slow.reader)
    expect(quick.deadlineMs).toBeLessThan(slow.deadlineMs)
    quick.settle(done)
    expect(await short).toEqual(reading)
    slow.settle(done)
    expect(await long).toEqual(reading)
  })

  it('reads one at a time in a lane, in order, in one process', async () => {
    const { pool, asked, readers, nextAsked } = createPool()
    const all = [pool.read(small, signal), pool.read(small, signal)]
    ;(await nextAsked(1)).settle(done)
    expect(asked).toHaveLength(1)
    ;(await nextAsked(2)).settle(done)
    await Promise.all(all)
    expect(readers).toHaveLength(1)
  })

  it('gives what takes too long a second try in the slow lane', async () => {
    const { pool, nextAsked } = createPool({ quickDeadlineMs: 1, slowDeadlineMs: 2 })
    const read = pool.read(small, signal)
    ;(await nextAsked(1)).settle({ kind: 'gone', why: 'time' })
    const again = await nextAsked(2)
    expect(again.deadlineMs).toBe(2)
    again.settle(done)
    expect(await read).toEqual(reading)
  })

  it.each<ReadEnd>([
    { kind: 'gone', why: 'memory' },
    { kind: 'gone', why: 'died' },
  ])('says that a document is too heavy, and reads the next one in a new process: %o', async (end) => {
    const { pool, readers, log, nextAsked } = createPool()
    const read = pool.read(small, signal)
    ;(await nextAsked(1)).settle(end)
    expect(await read).toEqual({ outcome: 'unread', kind: 'unknown', reason: 'too-heavy' })
    const next = pool.read(small, signal)
    ;(await nextAsked(2)).settle(done)
    expect(await next).toEqual(reading)
    expect(readers).toHaveLength(2)
    expect(log.lines.find(({ name }) => name === 'parse.reader-gone')?.fields).toMatchObject({
      lane: 'quick',
      bytes: 10,
    })
  })

  it('goes on after a process that did not start', async () => {
    const { pool, nextAsked } = createPool()
    const read = pool.read(small, signal)
    ;(await nextAsked(1)).settle(new AppError('parse.no-reader', 'no', { retryable: true }))
    await expect(read).rejects.toMatchObject({ code: 'parse.no-reader', retryable: true })
    const next = pool.read(small, signal)
    ;(await nextAsked(2)).settle(done)
    expect(await next).toEqual(reading)
  })

  it('keeps no process that has grown large', async () => {
    const { pool, readers, nextAsked } = createPool()
    const read = pool.read(small, signal)
    const asked = await nextAsked(1)
    const [state] = readers
    if (state !== undefined) state.memoryMb = 1_000
    asked.settle(done)
    await read
    expect(state?.isAlive).toBe(false)
  })

  it('ends a process that has had nothing to do', async () => {
    const { pool, readers, nextAsked } = createPool({ idleMs: 5 })
    const read = pool.read(small, signal)
    ;(await nextAsked(1)).settle(done)
    await read
    await waitUntil(() => readers[0]?.isAlive === false, { what: 'the process ends' })
  })

  it('refuses for now when too many wait', async () => {
    const { pool, nextAsked } = createPool({ maxWaiting: 1 })
    const first = pool.read(small, signal)
    await expect(pool.read(small, signal)).rejects.toMatchObject({ code: 'parse.busy', retryable: true })
    ;(await nextAsked(1)).settle(done)
    await first
    const next = pool.read(small, signal)
    ;(await nextAsked(2)).settle(done)
    expect(await next).toEqual(reading)
  })

  it('asks no process for what was called off while it waited', async () => {
    const { pool, asked, nextAsked } = createPool()
    const controller = new AbortController()
    const first = pool.read(small, signal)
    const second = pool.read(small, controller.signal)
    controller.abort(new Error('stopped'))
    ;(await nextAsked(1)).settle(done)
    await first
    await expect(second).rejects.toThrow('stopped')
    expect(asked).toHaveLength(1)
  })

  it('gives everybody their turn among large files, and loads each at its turn', async () => {
    const { pool, asked, nextAsked } = createPool()
    const loaded: string[] = []
    const large = (name: string) => ({
      bytes: 20_000_000,
      load: async () => {
        loaded.push(name)
        return { bytes: new Uint8Array(name.length) }
      },
    })
    const files = Array.from({ length: 10 }, (_file, index) => pool.read(large(`a${index}`), signal, { conv: 'a' }))
    const other = pool.read(large('b'), signal, { conv: 'b' })
    ;(await nextAsked(1)).settle(done)
    expect(loaded).toEqual(['a0'])
    ;(await nextAsked(2)).settle(done)
    expect(await other).toEqual(reading)
    expect(loaded.slice(0, 2)).toEqual(['a0', 'b'])
    for (let count = 3; count <= 11; count += 1) (await nextAsked(count)).settle(done)
    await Promise.all(files)
    expect(asked).toHaveLength(11)
  })

  it('fails as the loading does, and goes on', async () => {
    const { pool, asked, nextAsked } = createPool()
    const lost = pool.read({ bytes: 5, load: () => Promise.reject(new Error('the file is gone')) }, signal)
    await expect(lost).rejects.toThrow('the file is gone')
    expect(asked).toEqual([])
    const next = pool.read(small, signal)
    ;(await nextAsked(1)).settle(done)
    expect(await next).toEqual(reading)
  })

  it('reads pictures in a process of their own, which alone may decode them', async () => {
    const { pool, readers, nextAsked } = createPool({ pictureMemoryMb: 77, pictureDeadlineMs: 5 })
    const seen = { outcome: 'seen', width: 1, height: 1 } as const
    const document = pool.read(small, signal)
    const picture = pool.readPicture(small, { text: true }, signal)
    const [first, second] = [await nextAsked(1), await nextAsked(2)]
    expect(second.deadlineMs).toBe(5)
    expect(readers.map(({ limits }) => limits.forPictures)).toEqual([false, true])
    expect(readers[1]?.limits.memoryMb).toBe(77)
    first.settle(done)
    second.settle({ kind: 'done', reading: seen })
    expect([await document, await picture]).toEqual([reading, seen])
    const heavy = pool.readPicture(small, { text: true }, signal)
    ;(await nextAsked(3)).settle({ kind: 'gone', why: 'time' })
    expect(await heavy).toEqual({ outcome: 'unseen', reason: 'too-heavy' })
  })

  it('reads nothing after it is closed', async () => {
    const { pool, readers, nextAsked } = createPool()
    const read = pool.read(small, signal)
    ;(await nextAsked(1)).settle(done)
    await read
    pool.close()
    expect(readers[0]?.isAlive).toBe(false)
    await expect(pool.read(small, signal)).rejects.toMatchObject({ code: 'parse.no-reader' })
  })
})
