import { describe, expect, it } from 'vitest'
import { createFairQueue } from '../../../../../bridge/parse/worker/fair-queue.ts'

describe('createFairQueue', () => {
  it('does one thing at a time, and gives everybody their turn', async () => {
    const queue = createFairQueue()
    const done: string[] = []
    let running = 0
    const run = (whose: string, name: string) =>
      queue.run(whose, async () => {
        running += 1
        expect(running).toBe(1)
        await Promise.resolve()
        running -= 1
        done.push(name)
      })
    const all = [run('a', 'a1'), run('a', 'a2'), run('a', 'a3'), run('b', 'b1'), run('c', 'c1'), run('b', 'b2')]
    expect(queue.size).toBe(6)
    await Promise.all(all)
    expect(done).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
    expect(queue.size).toBe(0)
  })

  it('lets one who comes while another’s first of many runs go next', async () => {
    const queue = createFairQueue()
    const done: string[] = []
    const gate = Promise.withResolvers<void>()
    const many = [queue.run('a', () => gate.promise), queue.run('a', async () => void done.push('a2'))]
    await Promise.resolve()
    const other = queue.run('b', async () => void done.push('b1'))
    gate.resolve()
    await Promise.all([...many, other])
    expect(done).toEqual(['b1', 'a2'])
  })

  it('hands on what goes wrong, and goes on', async () => {
    const queue = createFairQueue()
    const failed = queue.run('a', () => {
      throw new Error('at once')
    })
    const rejected = queue.run('a', () => Promise.reject(new Error('later')))
    const fine = queue.run('a', async () => 'fine')
    await expect(failed).rejects.toThrow('at once')
    await expect(rejected).rejects.toThrow('later')
    expect(await fine).toBe('fine')
  })
})
