import { describe, expect, it } from 'vitest'
import { createAccessStore } from '../../../../bridge/store/access-store.ts'
import { createMediaIdStore } from '../../../../bridge/store/media-id-store.ts'
import { createQuotaStore } from '../../../../bridge/store/quota-store.ts'
import { createRatePauseStore } from '../../../../bridge/store/rate-pause-store.ts'
import { ENGINES, openTestDatabase } from '../../../support/test-databases.ts'

for (const { engine, isMissing } of ENGINES) {
  describe.skipIf(isMissing())(`what is known of the platform, on ${engine}`, () => {
    it('has an id of an upload until it expires, for every process', async () => {
      const { database, again } = await openTestDatabase(engine)
      const ids = createMediaIdStore(database)
      const elsewhere = createMediaIdStore(await again())
      await ids.save('k1', 'media-1', database.now() + 60_000)
      await ids.save('k2', 'media-2', database.now() - 60_000)
      expect([await elsewhere.find('k1'), await elsewhere.find('k2'), await elsewhere.find('k3')]).toEqual([
        'media-1',
        undefined,
        undefined,
      ])
      await elsewhere.save('k1', 'media-1b', database.now() + 60_000)
      expect(await ids.find('k1')).toBe('media-1b')
      // What has expired goes with the next save.
      expect(await database.all('select key from media_id')).toEqual([{ key: 'k1' }])
      await elsewhere.forget('k1')
      expect(await ids.find('k1')).toBeUndefined()
    })

    it('has one verdict for each endpoint and account, the latest', async () => {
      const { database } = await openTestDatabase(engine)
      const access = createAccessStore(database)
      const row = { endpoint: 'kf/recall_msg', account: '', errcode: 48002, at: Date.now(), fingerprint: 'f' }
      await access.save(row)
      await access.save({ ...row, account: 'wk1', errcode: 48007 })
      await access.save({ ...row, errcode: 0 })
      expect(await access.list()).toEqual([
        { ...row, errcode: 0 },
        { ...row, account: 'wk1', errcode: 48007 },
      ])
      await access.clear()
      expect(await access.list()).toEqual([])
    })

    it('tells every process which APIs to leave alone, until the latest time that anybody was told', async () => {
      const { database, again } = await openTestDatabase(engine)
      const pauses = createRatePauseStore(database)
      const elsewhere = createRatePauseStore(await again())
      const [soon, later] = [database.now() + 30_000, database.now() + 60_000]
      await pauses.save({ api: 'kf/send_msg', until: later })
      await elsewhere.save({ api: 'kf/send_msg', until: soon })
      // What two processes take for now differs by milliseconds.
      await elsewhere.save({ api: 'kf/sync_msg', until: database.now() - 1000 })
      expect(await elsewhere.list()).toEqual([{ api: 'kf/send_msg', until: later }])
    })

    it('gives five places after a message and not one more, also to many at once', async () => {
      const { database, again } = await openTestDatabase(engine)
      const conv = 'wk1:wm1'
      const quota = createQuotaStore(database)
      expect(await quota.reserve(conv)).toBe('unknown')
      await database.run(
        `insert into conversation (id, open_kfid, external_userid, created_at) values (?1, 'wk1', 'wm1', 0)`,
        conv,
      )
      const elsewhere = createQuotaStore(await again())
      const both = Array.from({ length: 4 }, () => [quota.reserve(conv), elsewhere.reserve(conv)]).flat()
      expect((await Promise.all(both)).toSorted()).toEqual([...Array(3).fill('full'), ...Array(5).fill('reserved')])
      await quota.refund(conv)
      expect([await quota.reserve(conv), await quota.reserve(conv)]).toEqual(['reserved', 'full'])
      for (let refunds = 0; refunds < 7; refunds += 1) await quota.refund(conv)
      expect(await database.all('select sent_since from conversation')).toEqual([{ sent_since: 0 }])
    })
  })
}
