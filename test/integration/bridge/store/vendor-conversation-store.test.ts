import { describe, expect, it } from 'vitest'
import { createVendorConversationStore } from '../../../../bridge/store/vendor-conversation-store.ts'
import { ENGINES, openTestDatabase } from '../../../support/test-databases.ts'

for (const { engine, isMissing } of ENGINES) {
  describe.skipIf(isMissing())(`the conversations of vendors, on ${engine}`, () => {
    it('are kept per customer and vendor, the last one of each, for every process', async () => {
      const { database, again } = await openTestDatabase(engine)
      const here = createVendorConversationStore(database)
      const elsewhere = createVendorConversationStore(await again())
      expect(await here.find('k1', 'dify:1')).toBeUndefined()
      await here.save('k1', 'dify:1', { id: 'c1', seenSeq: 3 })
      await here.save('k1', 'dify:2', { id: 'c2', seenSeq: 4 })
      await here.save('k2', 'dify:1', { id: 'c3', seenSeq: 5 })
      await elsewhere.save('k1', 'dify:1', { id: 'c4', seenSeq: 7_000_000_000_000 })
      expect(await here.find('k1', 'dify:1')).toEqual({ id: 'c4', seenSeq: 7_000_000_000_000 })
      await here.forget('k1', 'dify:1')
      await here.forget('k1', 'dify:1')
      expect(await elsewhere.find('k1', 'dify:1')).toBeUndefined()
      expect(await elsewhere.find('k1', 'dify:2')).toEqual({ id: 'c2', seenSeq: 4 })
      expect(await elsewhere.find('k2', 'dify:1')).toEqual({ id: 'c3', seenSeq: 5 })
    })
  })
}
