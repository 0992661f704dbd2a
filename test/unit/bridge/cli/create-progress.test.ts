import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createProgress } from '../../../../bridge/cli/create-progress.ts'

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
