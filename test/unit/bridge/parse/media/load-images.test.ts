import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createLoadImages } from '../../../../../bridge/parse/media/load-images.ts'
import { createMediaStore } from '../../../../../bridge/parse/media/media-store.ts'

const jpeg = (last: number, bytes = 4) => {
  const picture = new Uint8Array(bytes)
  picture.set([0xff, 0xd8, last])
  return picture
}

async function start(pictures: readonly Uint8Array[]) {
  const folder = await mkdtemp(`${tmpdir()}/kefu-images-`)
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const store = createMediaStore({ folder })
  const hashes: string[] = []
  for (const picture of pictures) hashes.push((await store.keep([picture], 10_000_000)).hash)
  const asked: (readonly string[])[] = []
  const load = (shown: readonly string[] = hashes) =>
    createLoadImages({
      store,
      picturesOf: async (msgids) => {
        asked.push(msgids)
        return shown
      },
    })([{ msgid: 'm1' }, { msgid: 'm2' }])
  return { hashes, asked, load }
}

describe('createLoadImages', () => {
  it('gives the pictures of these messages as data URLs, each once', async () => {
    const { hashes, asked, load } = await start([jpeg(1), jpeg(2)])
    const [first = '', second = ''] = hashes
    expect(await load([first, second, first])).toEqual([
      'data:image/jpeg;base64,/9gBAA==',
      'data:image/jpeg;base64,/9gCAA==',
    ])
    expect(asked).toEqual([['m1', 'm2']])
  })

  it('gives the newest six', async () => {
    const { load } = await start(Array.from({ length: 8 }, (_picture, index) => jpeg(index)))
    const images = await load()
    expect(images).toHaveLength(6)
    expect(images.at(-1)).toBe('data:image/jpeg;base64,/9gHAA==')
    expect(images[0]).toBe('data:image/jpeg;base64,/9gCAA==')
  })

  it('leaves out what is not here, is too large, or is no picture', async () => {
    const { hashes, load } = await start([jpeg(1, 2_000_001), new Uint8Array([1, 2, 3]), jpeg(3)])
    expect(await load([...hashes, 'f'.repeat(64), '../../etc/passwd'])).toEqual(['data:image/jpeg;base64,/9gDAA=='])
  })
})
