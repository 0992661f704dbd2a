import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createMediaStore } from '../../../../../bridge/parse/media/media-store.ts'

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text))
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')

async function start() {
  const root = await mkdtemp(join(tmpdir(), 'kefu-media-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const folder = join(root, 'media')
  const store = createMediaStore({ folder })
  return {
    root,
    folder,
    store,
    files: async () =>
      (await readdir(folder, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name)
        .sort(),
    age: (path: string) => utimes(path, 1, 1),
  }
}

describe('createMediaStore', () => {
  it('keeps what comes in pieces under its content’s hash, once', async () => {
    const { store, folder, files } = await start()
    const kept = await store.keep([bytesOf('ab'), bytesOf(''), bytesOf('c')], 10)
    expect(kept).toMatchObject({
      hash: hashOf('abc'),
      bytes: 3,
      path: join(folder, hashOf('abc').slice(0, 2), hashOf('abc')),
    })
    expect(Buffer.from(kept.head).toString()).toBe('abc')
    expect(await readFile(kept.path, 'utf8')).toBe('abc')
    await store.keep([bytesOf('abc')], 10)
    expect(await files()).toEqual([hashOf('abc')])
    expect(await store.find(kept.hash)).toMatchObject({ path: kept.path, bytes: 3 })
  })

  it('finds nothing that is not there, and opens nothing but hashes', async () => {
    const { store, root } = await start()
    await writeFile(join(root, 'secret'), 'secret')
    expect(await store.find(hashOf('unknown'))).toBeUndefined()
    expect(await store.find('../secret')).toBeUndefined()
  })

  it('stops what is larger than allowed, and leaves nothing of it', async () => {
    const { store, files } = await start()
    let given = 0
    async function* endless() {
      for (;;) {
        given += 1
        yield new Uint8Array(1000)
      }
    }
    await expect(store.keep(endless(), 5_000)).rejects.toMatchObject({ code: 'media.too-large', retryable: false })
    expect(given).toBe(6)
    expect(await files()).toEqual([])
  })

  it('leaves nothing of what is cut off', async () => {
    const { store, files } = await start()
    async function* cut() {
      yield bytesOf('half')
      throw new Error('the connection is gone')
    }
    await expect(store.keep(cut(), 100)).rejects.toThrow('the connection is gone')
    expect(await files()).toEqual([])
  })

  it('is tried again when the disk takes nothing', async () => {
    const { store, folder } = await start()
    await writeFile(folder, 'no folder')
    await expect(store.keep([bytesOf('abc')], 10)).rejects.toMatchObject({ code: 'media.disk', retryable: true })
    await rm(folder)
    expect(await store.keep([bytesOf('abc')], 10)).toMatchObject({ bytes: 3 })
  })

  it('sweeps old files that nobody knows, and what a crash left half written', async () => {
    const { store, folder, files, age } = await start()
    const [known, unknown, young] = await Promise.all(
      ['known', 'unknown', 'young'].map((text) => store.keep([bytesOf(text)], 10)),
    )
    const halves = [join(folder, 'new', 'old-half'), join(folder, 'new', 'young-half')]
    for (const path of halves) await writeFile(path, 'half')
    for (const path of [known?.path ?? '', unknown?.path ?? '', halves[0] ?? '']) await age(path)
    await writeFile(join(folder, 'no-file-of-ours'), '')
    const asked: string[] = []
    const removed = await store.sweep(async (hashes) => {
      asked.push(...hashes)
      return new Set([known?.hash ?? ''])
    })
    expect(removed).toBe(2)
    // Nobody is asked about young files: their row may be on its way.
    expect(asked.sort()).toEqual([known?.hash, unknown?.hash].sort())
    expect(await files()).toEqual([known?.hash, young?.hash, 'no-file-of-ours', 'young-half'].sort())
  })

  it('sweeps nothing where there is nothing', async () => {
    const { store } = await start()
    expect(await store.sweep(async () => new Set())).toBe(0)
  })

  it('keeps an old file that comes again', async () => {
    const { store, age, files } = await start()
    const { path } = await store.keep([bytesOf('abc')], 10)
    await age(path)
    await store.keep([bytesOf('abc')], 10)
    expect(await store.sweep(async () => new Set())).toBe(0)
    expect(await files()).toHaveLength(1)
  })
})
