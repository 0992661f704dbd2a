import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createFindHits, type FindHitsDeps } from '../../../../bridge/knowledge/find-hits.ts'
import type { IndexQuery } from '../../../../bridge/knowledge/index/index-document.ts'

const EMBEDDER = { model: 'm', embed: async (texts: readonly string[]) => texts.map(() => Float32Array.of(1, 0)) }

function start(deps: Partial<FindHitsDeps>) {
  const searched: IndexQuery[] = []
  const without: unknown[] = []
  const findHits = createFindHits({
    index: {
      async search(query) {
        searched.push(query)
        return []
      },
      near: async () => [['of-the-index']],
    },
    embedder: EMBEDDER,
    onWithout: (what) => without.push(what),
    ...deps,
  })
  const ask = (signal: AbortSignal) =>
    findHits({ openKfId: '', question: '怎么退货', turns: [], bases: ['b'], limit: 5, without: ['rewrite'] }, signal)
  return { ask, searched, without }
}

describe('finding what is near by vector', () => {
  it('asks the index, or whoever compares in its place, about vectors of this model and these bases', async () => {
    const { ask, searched } = start({})
    await ask(new AbortController().signal)
    const findNear = vi.fn(async () => [['of-the-database']])
    const other = start({ findNear })
    await other.ask(new AbortController().signal)
    expect([searched, other.searched].map(([query]) => query?.near)).toEqual([
      [['of-the-index']],
      [['of-the-database']],
    ])
    const vectors = [Float32Array.of(1, 0)]
    expect(findNear).toHaveBeenCalledWith({ model: 'm', vectors, bases: ['b'], limit: 50 }, expect.anything())
  })

  it('goes on by words when nobody answers in time', async () => {
    const timeout = AbortSignal.timeout.bind(AbortSignal)
    const quick = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => timeout(5))
    onTestFinished(() => quick.mockRestore())
    const { ask, searched, without } = start({ findNear: () => new Promise(() => undefined) })
    await ask(new AbortController().signal)
    expect(quick).toHaveBeenCalledWith(3_000)
    expect([searched.map(({ near }) => near), without]).toEqual([[[]], ['vectors']])
  })

  it('ends with the reply that wanted it', async () => {
    const ending = new AbortController()
    const { ask, searched } = start({ findNear: () => new Promise(() => undefined) })
    const asked = ask(ending.signal)
    ending.abort(new Error('shutting down'))
    await expect(asked).rejects.toThrow('shutting down')
    expect(searched).toEqual([])
  })
})
