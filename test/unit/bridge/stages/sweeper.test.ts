import { describe, expect, it } from 'vitest'
import type { Pointer } from '../../../../bridge/bus/bus.ts'
import { createSweep } from '../../../../bridge/stages/sweeper.ts'
import { createDueStore } from '../../../../bridge/store/due-store.ts'
import { createPipeline } from '../../../support/pipeline.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'

const pointer = (key: string): Pointer => ({ stage: 'reply', key })

function createSweeper(batches: Pointer[][], over: { isUp?: () => boolean; publish?: () => Promise<void> } = {}) {
  const published: Pointer[] = []
  let taken = 0
  const log = createRecordingLogger()
  const sweep = createSweep({
    due: {
      async take() {
        taken += 1
        return batches.shift() as never
      },
    },
    async publish(next) {
      await over.publish?.()
      published.push(next)
    },
    isUp: over.isUp ?? (() => true),
    stages: ['reply'],
    log,
  })
  return { sweep, published, log, taken: () => taken }
}

describe('createSweep', () => {
  it('goes on at once while there is more, and ends when there is none', async () => {
    const { sweep, published, taken } = createSweeper([[pointer('a')], [pointer('b')], []])
    await sweep()
    expect(published).toEqual([pointer('a'), pointer('b')])
    expect(taken()).toBe(3)
  })

  it('leaves a turn to others however much there is', async () => {
    const { sweep, published } = createSweeper(Array.from({ length: 1000 }, (_, index) => [pointer(String(index))]))
    await sweep()
    expect(published.length).toBeLessThan(50)
  })

  it('takes nothing while the bus is down: it would be left alone for a while after', async () => {
    const { sweep, taken } = createSweeper([[pointer('a')]], { isUp: () => false })
    await sweep()
    expect(taken()).toBe(0)
  })

  it('takes no more when the bus refuses what it took, and says how much it was', async () => {
    const publish = async () => {
      throw new Error('down')
    }
    const { sweep, log, taken } = createSweeper([[pointer('a'), pointer('b')], [pointer('c')]], { publish })
    await sweep()
    expect(taken()).toBe(1)
    expect(log.lines).toMatchObject([{ name: 'sweeper.published', fields: { count: 0, failed: 2 } }])
  })

  it('brings ten thousand customers back within a minute, the longest waiting first', async () => {
    const { database } = await createPipeline()
    await database.run(
      `insert into conversation (id, open_kfid, external_userid, created_at, dirty, parsed, wake)
       with recursive n (i) as (select 1 union all select i + 1 from n where i < 10000)
       select 'wk:' || i, 'wk', i, 0, 1, 1, 10000 - i from n`,
    )
    const due = createDueStore(database, { againMs: 15_000 })
    const found: string[] = []
    const publish = async ({ key }: Pointer) => void found.push(key)
    const sweep = createSweep({ due, publish, isUp: () => true, stages: ['reply'], log: createRecordingLogger() })
    let sweeps = 0
    for (; new Set(found).size < 10_000 && sweeps < 30; sweeps += 1) await sweep()
    expect(sweeps).toBeLessThan(30)
    expect(Number(found[0]?.slice(3))).toBeGreaterThan(9000)
  })
})
