import { describe, expect, it } from 'vitest'
import { createConversationStore } from '../../../../bridge/store/conversation-store.ts'
import { createPersonMessageStore } from '../../../../bridge/store/person-message-store.ts'
import { toTiming } from '../../../../bridge/timing.ts'
import { ENGINES, openTestDatabase } from '../../../support/test-databases.ts'

const CONV = 'wk1:wm1'

for (const { engine, isMissing } of ENGINES) {
  describe.skipIf(isMissing())(`what a person said, on ${engine}`, () => {
    const open = async () => {
      const { database, again } = await openTestDatabase(engine)
      await database.run(
        `insert into conversation (id, open_kfid, external_userid, last_seq, dirty, parsed, answered, created_at)
         values (?1, 'wk1', 'wm1', 2, 2, 1, 1, 0)`,
        CONV,
      )
      const insert = `insert into message (msgid, open_kfid, conv, seq, origin, type, raw, text, state, send_time, received_at)
        values (?1, 'wk1', ?2, ?3, 3, 'text', '', ?4, ?5, 0, 0)`
      await database.run(insert, 'm1', CONV, 1, '在吗', 'parsed')
      await database.run(insert, 'm2', CONV, 2, '', 'new')
      const said = createPersonMessageStore(database)
      const counters = async () =>
        (await database.all('select last_seq, dirty, parsed, answered, version from conversation'))[0]
      return { database, again, said, counters }
    }
    const message = { conv: CONV, msgid: 'cli-1', type: 'text', text: '已经发货了' }

    it('is remembered in its place, and is nothing to answer', async () => {
      const { database, said, counters } = await open()
      expect(await said.record(message)).toBe(true)
      // The file before it is still being read: what is parsed goes no further.
      expect(await counters()).toEqual({ last_seq: 3, dirty: 2, parsed: 1, answered: 1, version: 1 })
      await database.run(`update message set state = 'parsed', text = '一份合同' where msgid = 'm2'`)
      expect(await said.record({ ...message, msgid: 'cli-2' })).toBe(true)
      expect(await counters()).toMatchObject({ last_seq: 4, dirty: 2, parsed: 4 })
      const { due } = toTiming(1)
      const { messages } = await createConversationStore(database, { parseWaitMs: 0, ...due }).remember(CONV, 4, 10)
      expect(messages.map(({ origin, text }) => [origin, text])).toEqual([
        [3, '在吗'],
        [3, '一份合同'],
        [5, '已经发货了'],
        [5, '已经发货了'],
      ])
    })

    it('is there once, however often it is recorded and from wherever', async () => {
      const { said, again, counters } = await open()
      const elsewhere = createPersonMessageStore(await again())
      const all = await Promise.all([said, elsewhere, said, elsewhere].map((store) => store.record(message)))
      expect(all.filter(Boolean)).toEqual([true])
      expect(await counters()).toMatchObject({ last_seq: 3 })
    })

    it('keeps its own place among many at once', async () => {
      const { database, said, again } = await open()
      const elsewhere = createPersonMessageStore(await again())
      await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          (index % 2 === 0 ? said : elsewhere).record({ ...message, msgid: `cli-${index}` }),
        ),
      )
      const rows = await database.all<{ seq: number }>(`select seq from message where conv = '${CONV}' order by seq`)
      expect(rows.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    })

    it('is not kept of a customer that nobody has heard of', async () => {
      const { database, said } = await open()
      expect(await said.record({ ...message, conv: 'wk1:stranger' })).toBe(false)
      expect(await database.all(`select msgid from message where msgid = 'cli-1'`)).toEqual([])
    })
  })
}
