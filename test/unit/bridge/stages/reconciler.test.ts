import { describe, expect, it } from 'vitest'
import type { Pointer } from '../../../../bridge/bus/bus.ts'
import { createReconcile } from '../../../../bridge/stages/reconciler.ts'
import { createPipeline } from '../../../support/pipeline.ts'

describe('createReconcile', () => {
  it('pulls the account that was pulled longest ago, one a turn, and none that was pulled just now', async () => {
    const { database, sync } = await createPipeline()
    const woken: Pointer[] = []
    const now = () => database.now()
    const reconcile = createReconcile({ sync, now, wake: (pointer) => void woken.push(pointer) }, { minAgeMs: 60_000 })
    await sync.wantAll(['wkNew', 'wkOld', 'wkOlder'])
    await database.run('update sync_state set done = wanted, pulled_at = ?1', database.now())
    await reconcile()
    expect(woken).toEqual([])

    await database.run(`update sync_state set pulled_at = ?1 where open_kfid = 'wkOld'`, database.now() - 61_000)
    await database.run(`update sync_state set pulled_at = ?1 where open_kfid = 'wkOlder'`, database.now() - 62_000)
    for (let turn = 0; turn < 4; turn += 1) await reconcile()
    expect(woken.map(({ key }) => key)).toEqual(['wkOlder', 'wkOld'])
    expect(await sync.claim('wkOlder', 'l', 1)).toMatchObject({ token: '' })
  })
})
