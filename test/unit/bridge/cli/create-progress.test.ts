import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createProgress } from '../../../../bridge/cli/create-progress.ts'
import { describeCounts } from '../../../../bridge/cli/describe-counts.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const what = { zh: '读取', en: 'reading' }

function setUp(isShown = true) {
  const written: string[] = []
  const progress = createProgress({ say: ({ zh }) => zh, write: (text) => void written.push(text), isShown })
  return { progress, written }
}

describe('progress', () => {
  it('is silent for a second, then counts, and leaves nothing behind', async () => {
    const { progress, written } = setUp()
    const { promise, resolve } = Promise.withResolvers<string>()
    const done = progress(what, promise)
    await vi.advanceTimersByTimeAsync(999)
    expect(written).toEqual([])
    await vi.advanceTimersByTimeAsync(1_001)
    expect(written).toEqual(['\r\u001b[K读取 1 s', '\r\u001b[K读取 2 s'])
    resolve('x')
    expect(await done).toBe('x')
    expect(written.at(-1)).toBe('\r\u001b[K')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(written).toHaveLength(3)
  })

  it('goes when the work fails, too', async () => {
    const { progress, written } = setUp()
    const { promise, reject } = Promise.withResolvers<never>()
    const done = progress(what, promise)
    await vi.advanceTimersByTimeAsync(1_000)
    reject(new Error('x'))
    await expect(done).rejects.toThrow('x')
    expect(written.at(-1)).toBe('\r\u001b[K')
  })

  it('writes nothing for what is quick, or where there is no terminal', async () => {
    const quick = setUp()
    await quick.progress(what, Promise.resolve())
    const piped = setUp(false)
    const { promise, resolve } = Promise.withResolvers<void>()
    const done = piped.progress(what, promise)
    await vi.advanceTimersByTimeAsync(5_000)
    resolve()
    await done
    expect([...quick.written, ...piped.written]).toEqual([])
  })
})

describe('progress of what can be counted', () => {
  it.each([
    [
      true,
      [
        '\r\u001b[K读取 [------------------------] 0% 0/4 1 s',
        '\r\u001b[K读取 [############------------] 50% 2/4 价目表.xlsx 2 s',
        '\r\u001b[K',
      ],
    ],
    [false, []],
  ])(
    'is a bar with the name of what was done last on a terminal, and nothing elsewhere (%s)',
    async (isShown, lines) => {
      const { progress, written } = setUp(isShown)
      const { text, count } = describeCounts(what, 4)
      const { promise, resolve } = Promise.withResolvers<void>()
      const done = progress(text, promise)
      await vi.advanceTimersByTimeAsync(1_000)
      count(2, '价目表.xlsx')
      await vi.advanceTimersByTimeAsync(1_000)
      resolve()
      await done
      expect(written).toEqual(lines)
    },
  )

  it('takes no control of the terminal from a name', () => {
    const { text, count } = describeCounts(what, 1)
    count(1, 'a\u001b[2Jb\nc')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(text.zh).not.toMatch(/[\u0000-\u001f]/)
  })
})
