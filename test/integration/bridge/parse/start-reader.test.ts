import { spawnSync } from 'node:child_process'
import { deflateSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS, type DocumentSource } from '../../../../bridge/parse/documents/reading.ts'
import {
  type Reader,
  type ReaderLimits,
  readerArguments,
  startReader,
} from '../../../../bridge/parse/worker/start-reader.ts'
import { docxTable, makeDocx } from './fixtures/make-office.ts'
import { makeFilteredPdf, makeGbkPdf } from './fixtures/make-pdf.ts'

const readers: Reader[] = []
afterEach(() => {
  for (const reader of readers.splice(0)) reader.kill()
})

function start(limits: Partial<ReaderLimits> = {}): Reader {
  const reader = startReader({ heapMb: 256, memoryMb: 400, ...limits })
  readers.push(reader)
  return reader
}

const read = (reader: Reader, source: DocumentSource, deadlineMs = 20_000, signal = new AbortController().signal) =>
  reader.read({ source, limits: DEFAULT_LIMITS }, deadlineMs, signal)

/** Takes far longer than any deadline here, and grows without end. */
const bomb = () =>
  makeFilteredPdf(deflateSync(deflateSync(new Uint8Array(800_000_000), { level: 1 })), ['FlateDecode', 'FlateDecode'])
const slowPdf = () => makeFilteredPdf(deflateSync(Buffer.alloc(60_000_000, 'q Q ')), ['FlateDecode'])

describe('startReader', () => {
  it('reads one document after another', async () => {
    const reader = start()
    for (const words of ['第一份', '第二份']) {
      expect(await read(reader, { bytes: makeGbkPdf([words]) })).toMatchObject({
        kind: 'done',
        reading: { text: words },
      })
    }
    expect(reader.isAlive()).toBe(true)
    expect(reader.memoryMb()).toBeGreaterThan(20)
  })

  it('is killed when it takes too long, even when it never comes to rest', async () => {
    const reader = start()
    await read(reader, { bytes: makeGbkPdf(['先热身']) })
    const startedAt = performance.now()
    expect(await read(reader, { bytes: slowPdf() }, 300)).toEqual({ kind: 'gone', why: 'time' })
    expect(performance.now() - startedAt).toBeLessThan(1_500)
    expect(reader.isAlive()).toBe(false)
  })

  it('is killed when it takes too much memory, buffers included', async () => {
    const reader = start({ memoryMb: 200 })
    expect(await read(reader, { bytes: bomb() })).toEqual({ kind: 'gone', why: 'memory' })
    expect(reader.isAlive()).toBe(false)
  })

  it('dies alone when its heap is full', async () => {
    const reader = start({ heapMb: 24, memoryMb: 4_000 })
    const table = docxTable(Array.from({ length: 2_000 }, () => Array.from({ length: 100 }, () => 'x')))
    expect(await read(reader, { bytes: makeDocx(table) })).toEqual({ kind: 'gone', why: 'died' })
  })

  it('is killed when it is called off', async () => {
    const reader = start()
    const controller = new AbortController()
    const reading = read(reader, { bytes: slowPdf() }, 20_000, controller.signal)
    controller.abort(new Error('stopped'))
    await expect(reading).rejects.toThrow('stopped')
    expect(reader.isAlive()).toBe(false)
  })

  it('says that it can be tried again when there is no process', async () => {
    const reader = start()
    reader.kill()
    await expect(read(reader, { bytes: makeGbkPdf(['x']) })).rejects.toMatchObject({
      code: 'parse.no-reader',
      retryable: true,
    })
  })
})

const run = (script: string, forPictures: boolean) =>
  spawnSync(process.execPath, [...readerArguments(64, forPictures), '--eval', script], { encoding: 'utf8', env: {} })

describe('readerArguments', () => {
  const files = [
    ["require('node:fs').readFileSync('/etc/hostname')", 'ERR_ACCESS_DENIED'],
    ["require('node:fs').readFileSync('.env.example')", 'ERR_ACCESS_DENIED'],
    ["require('node:fs').writeFileSync('/tmp/kefu-reader-was-here', '')", 'ERR_ACCESS_DENIED'],
    ["require('node:child_process').execFileSync('true')", 'ERR_ACCESS_DENIED'],
    ["eval('1')", 'EvalError'],
  ] as const

  it.each([
    ...files,
    ["new (require('node:worker_threads').Worker)('1', { eval: true })", 'ERR_ACCESS_DENIED'] as const,
  ])('refuse %s', (code, expected) => {
    const script = `try { ${code}; console.log('done') } catch (error) { console.log(error.code ?? error.name) }`
    expect(run(script, false).stdout.trim()).toBe(expected)
  })

  it.each(files)('refuse %s to those who read pictures', (code, expected) => {
    const script = `try { ${code}; console.log('done') } catch (error) { console.log(error.code ?? error.name) }`
    expect(run(script, true).stdout.trim()).toBe(expected)
  })

  it('refuse files to the threads of those who read pictures', () => {
    const inThread = `try { require('node:fs').readFileSync('/etc/hostname'); parentPort.postMessage('done') } catch (error) { parentPort.postMessage(error.code) }`
    const script = `new (require('node:worker_threads').Worker)(${JSON.stringify(`const { parentPort } = require('node:worker_threads'); ${inThread}`)}, { eval: true }).on('message', console.log)`
    expect(run(script, true).stdout.trim()).toBe('ERR_ACCESS_DENIED')
  })
})
