import { describe, expect, it } from 'vitest'
import { createCustomerDataStore } from '../../../../bridge/store/customer-data-store.ts'
import { createMediaRecordStore } from '../../../../bridge/store/media-record-store.ts'
import { createRetentionStore } from '../../../../bridge/store/retention-store.ts'
import { ENGINES, openTestDatabase } from '../../../support/test-databases.ts'

const DAY_MS = 86_400_000
const file = (hash: string) => ({ hash, kind: 'image', bytes: 3, mime: 'image/png', name: 'a.png' })

for (const { engine, isMissing } of ENGINES) {
  describe.skipIf(isMissing())(`what is known of customers' files, on ${engine}`, () => {
    async function open() {
      const { database } = await openTestDatabase(engine)
      const message = (msgid: string, { seq = 1, media = '[]', state = 'parsed', ageMs = 0, conv = 'wk:a' } = {}) =>
        database.run(
          `insert into message (msgid, open_kfid, conv, seq, origin, type, raw, text, title, media, state, send_time, received_at)
           values (?1, 'wk', ?2, ?3, 3, 'image', 'raw', 'text', 'title', ?4, ?5, ?6, ?6)`,
          msgid,
          conv,
          seq,
          media,
          state,
          database.now() - ageMs,
        )
      const age = (days: number) => database.run('update media set at = at - ?1', days * DAY_MS)
      const hashes = async (table: string) =>
        (await database.all<{ hash: string }>(`select hash from ${table} order by hash`)).map(({ hash }) => hash)
      return { database, records: createMediaRecordStore(database), message, age, hashes }
    }

    it('finds the file that a message brought, the last one under an id', async () => {
      const { records } = await open()
      await records.link('m1', 'id1', file('h1'))
      expect(await records.find('m1', 'id1')).toEqual(file('h1'))
      expect(await records.find('m2', 'id1')).toBeUndefined()
      expect(await records.find('m1', 'id2')).toBeUndefined()
      await records.link('m1', 'id1', { ...file('h2'), name: 'b.png' })
      expect(await records.find('m1', 'id1')).toEqual({ ...file('h2'), name: 'b.png' })
    })

    it('knows which files have a row', async () => {
      const { records } = await open()
      await records.link('m1', 'id1', file('h1'))
      await records.keep(file('h2'))
      expect(await records.known(['h1', 'h2', 'h3'])).toEqual(new Set(['h1', 'h2']))
    })

    it('tells what messages show, in their order, and nothing of one that was recalled', async () => {
      const { records, message } = await open()
      await message('m2', { seq: 2, media: '["c"]' })
      await message('m1', { seq: 1, media: '["a","b"]' })
      await message('m3', { seq: 3, media: '["d"]', state: 'recalled' })
      await message('m4', { seq: 4, media: '["e"]' })
      expect(await records.picturesOf(['m3', 'm2', 'm1'])).toEqual(['a', 'b', 'c'])
      expect(await records.picturesOf([])).toEqual([])
    })

    it('forgets a file with the last message that has it, and not before its time', async () => {
      const { database, records, message, age, hashes } = await open()
      const retention = createRetentionStore(database, { batchRows: 100 })
      await message('old', { seq: 1, ageMs: 200 * DAY_MS })
      await message('young', { seq: 2 })
      await records.link('old', 'id1', file('shared'))
      await records.link('young', 'id2', file('shared'))
      await records.link('old', 'id3', file('alone'))
      await records.keep(file('of nobody'))
      await age(200)
      await records.keep(file('new of nobody'))
      const before = database.now() - 180 * DAY_MS
      await retention.media(undefined, before)
      expect(await hashes('media')).toEqual(['alone', 'new of nobody', 'shared'])
      await retention.messages(undefined, before)
      expect(await hashes('message_media')).toEqual(['shared'])
      await retention.media(undefined, before)
      expect(await hashes('media')).toEqual(['new of nobody', 'shared'])
    })

    it('forgets the pictures of what is emptied', async () => {
      const { database, records, message, hashes } = await open()
      const retention = createRetentionStore(database, { batchRows: 100 })
      await message('m1', { seq: 1, media: '["h1"]', ageMs: 3 * DAY_MS })
      await records.link('m1', 'id1', file('h1'))
      await retention.contents(undefined, database.now() - 2 * DAY_MS)
      expect(await records.picturesOf(['m1'])).toEqual([])
      expect(await hashes('message_media')).toEqual([])
    })

    it('lets go of the files of a customer who is forgotten, and of nobody else’s', async () => {
      const { database, records, message, hashes } = await open()
      await message('m1', { seq: 1, media: '["h1"]' })
      await message('m2', { seq: 1, media: '["h2"]', conv: 'wk:b' })
      for (const [id, customer] of [
        ['wk:a', 'a'],
        ['wk:b', 'b'],
      ] as const) {
        await database.run(
          `insert into conversation (id, open_kfid, external_userid, created_at) values (?1, 'wk', ?2, 1)`,
          id,
          customer,
        )
      }
      await database.run(`insert into sync_state (open_kfid) values ('wk')`)
      await records.link('m1', 'id1', file('h1'))
      await records.link('m2', 'id2', file('h2'))
      await records.link('m1', 'id3', file('h2'))
      await createCustomerDataStore(database, (conv) => conv).erase('a')
      expect(await hashes('message_media')).toEqual(['h2'])
      // Each machine then removes the file of the other row from its disk.
      expect(await hashes('media')).toEqual(['h2'])
      expect(await records.picturesOf(['m1', 'm2'])).toEqual(['h2'])
    })
  })
}
