import { describe, expect, it } from 'vitest'
import { createParkedRetry } from '../../../../bridge/store/parked-retry.ts'
import type { ParkedEntry } from '../../../../bridge/store/parked-store.ts'
import type { SyncedMessage } from '../../../../bridge/wecom/wecom-client.ts'
import { AppError } from '../../../../shared/app-error.ts'
import {
  CONV,
  createPipeline,
  customerText,
  type PipelineOptions,
  pagesOf,
  platformEvent,
} from '../../../support/pipeline.ts'
import { ENGINES, openTestDatabase } from '../../../support/test-databases.ts'

const DAY_MS = 86_400_000
const unavailable = () => new AppError('answer.unavailable', 'busy', { retryable: true })
const refusal = (errcode: number, action: string) =>
  new AppError('wecom.refused', 'refused', { retryable: false, details: { errcode, action } })

/** A sync_msg that gives one page a pull. */
function pullsOf(...pages: SyncedMessage[][]): NonNullable<PipelineOptions['sync']> {
  return async ({ cursor }) => ({
    messages: pages[Number(cursor)] ?? [],
    nextCursor: String(Number(cursor) + 1),
    hasMore: false,
  })
}

for (const { engine, isMissing } of ENGINES) {
  describe.skipIf(isMissing())(`retrying what was parked on ${engine}`, () => {
    async function start(pages: SyncedMessage[][], options: PipelineOptions = {}) {
      const { database } = await openTestDatabase(engine)
      const pipeline = await createPipeline({ sync: pagesOf(...pages), giveUpAfterMs: 0, ...options, database })
      const onlyEntry = async (): Promise<ParkedEntry> => {
        const [entry, ...others] = await pipeline.parked.list(10)
        if (entry === undefined || others.length > 0) throw new Error(`${others.length} entries too many, or none`)
        return entry
      }
      return { ...pipeline, retry: createParkedRetry(database), onlyEntry }
    }

    /** The model fails until it is told not to; what it was asked last is what the customer gets. */
    async function startWithApology(pages: SyncedMessage[][] = [[customerText('营业时间？')]]) {
      let isBroken = true
      const pipeline = await start(pages, {
        async answer({ turns }) {
          if (isBroken) throw unavailable()
          return `答：${turns.at(-1)?.text}`
        },
      })
      await pipeline.pull()
      await pipeline.sweep()
      // Asked again at least once before the customer is told.
      for (let tries = 0; tries < 3; tries += 1) {
        await pipeline.passTime()
        await pipeline.sweep()
      }
      const mend = () => {
        isBroken = false
      }
      return { ...pipeline, mend }
    }

    describe('an answer that was given up', () => {
      it('puts the customer’s words again and has them answered once', async () => {
        const { retry, onlyEntry, mend, sweep, texts, parked, asked } = await startWithApology([
          [customerText('营业时间？'), customerText('周日呢？')],
        ])
        expect(texts()).toHaveLength(1)
        mend()
        const { id } = await onlyEntry()
        expect(await retry(id)).toEqual({ kind: 'retried' })
        expect(await parked.countOpen()).toBe(0)
        await sweep()
        expect(texts().slice(1)).toEqual(['答：营业时间？\n周日呢？'])
        expect(asked.at(-1)?.turns.map(({ role }) => role)).toEqual(['customer', 'customer', 'assistant', 'customer'])
        await sweep()
        expect(texts()).toHaveLength(2)
      })

      it('is done once when two people do it at once', async () => {
        const { retry, onlyEntry, mend, sweep, texts } = await startWithApology()
        mend()
        const { id } = await onlyEntry()
        const results = await Promise.all([retry(id), retry(id)])
        expect(results.map(({ kind }) => kind).toSorted()).toEqual(['missing', 'retried'])
        await sweep()
        expect(texts()).toHaveLength(2)
      })

      it('is parked anew when it fails again', async () => {
        const { retry, onlyEntry, sweep, passTime, parked } = await startWithApology()
        const { id } = await onlyEntry()
        expect(await retry(id)).toEqual({ kind: 'retried' })
        for (let tries = 0; tries < 4; tries += 1) {
          await passTime()
          await sweep()
        }
        const [entry] = await parked.list(10)
        expect(entry).toMatchObject({ stage: 'reply', reason: 'answer.unavailable' })
        expect(entry?.id).not.toBe(id)
      })

      it.each([
        ['window-closed', 'update conversation set last_customer_at = last_customer_at - ?1', 2 * DAY_MS + 1000],
        ['quota-used', 'update conversation set sent_since = ?1', 5],
        ['with-person', `update conversation set desk = 'person' where 1 = ?1`, 1],
        ['recalled', `update message set state = 'recalled' where origin = 3 and 1 = ?1`, 1],
        ['purged', 'delete from message where 1 = ?1', 1],
        ['purged', 'update reply set created_at = created_at + ?1', 1],
        ['purged', 'delete from conversation where 1 = ?1', 1],
      ])('is refused as %s and stays open', async (reason, statement, value) => {
        const { database, retry, onlyEntry, parked, sweep, texts } = await startWithApology()
        await database.run(statement, value)
        expect(await retry((await onlyEntry()).id)).toEqual({ kind: 'refused', reason })
        expect(await parked.countOpen()).toBe(1)
        await sweep()
        expect(texts()).toHaveLength(1)
      })

      it('does not repeat what was recalled meanwhile', async () => {
        const [kept, recalled] = [customerText('留下'), customerText('撤回')]
        const { retry, onlyEntry, mend, pull, sweep, texts } = await startWithApology([
          [kept, recalled],
          [
            platformEvent({
              event_type: 'user_recall_msg',
              recall_msgid: recalled.msgid,
              open_kfid: 'wkAAA',
              external_userid: 'wm1',
            }),
          ],
        ])
        mend()
        await pull('t2')
        await retry((await onlyEntry()).id)
        await sweep()
        expect(texts().at(-1)).toBe('答：留下')
      })
    })

    it('has a verdict of no answer answered again', async () => {
      let knows = false
      const { pull, sweep, retry, onlyEntry, texts } = await start([[customerText('保修多久？')]], {
        answer: async () => (knows ? '两年' : { verdict: 'no_answer', text: '' }),
      })
      await pull()
      await sweep()
      const entry = await onlyEntry()
      expect(entry).toMatchObject({ stage: 'needs_person', reason: 'no_answer' })
      knows = true
      expect(await retry(entry.id)).toEqual({ kind: 'retried' })
      await sweep()
      expect(texts().at(-1)).toBe('两年')
    })

    describe('a message that could not be read', () => {
      async function startUnread() {
        let isBroken = true
        const file = customerText('', {
          type: 'file',
          raw: JSON.stringify({ msgtype: 'file', text: { content: '[文件]' } }),
        })
        const pipeline = await start([[file]], {
          giveUpAfterMs: 300_000,
          async read() {
            if (isBroken) throw new AppError('media.too-large', 'too large', { retryable: false })
            return { text: '合同全文', title: '合同' }
          },
          answer: async ({ turns }) => `读到：${turns.at(-1)?.text}`,
        })
        await pipeline.pull()
        await pipeline.sweep()
        const mend = () => {
          isBroken = false
        }
        return { ...pipeline, mend, msgid: file.msgid }
      }

      it('is read again and answered with what it says', async () => {
        const { retry, onlyEntry, mend, sweep, texts, parked } = await startUnread()
        expect(texts()).toEqual(['读到：[文件]'])
        mend()
        expect(await retry((await onlyEntry()).id)).toEqual({ kind: 'retried' })
        expect(await parked.countOpen()).toBe(0)
        await sweep()
        expect(texts()).toEqual(['读到：[文件]', '读到：合同全文'])
      })

      it('is read again also when it was answered by words that say so', async () => {
        let canHear = false
        const voice = customerText('', { type: 'voice', raw: JSON.stringify({ msgtype: 'voice', voice: {} }) })
        const { pull, sweep, retry, onlyEntry, texts, parked } = await start([[voice]], {
          read: async () =>
            canHear ? { text: '几点开门', title: '' } : { text: '听不了', title: '', isUnreadable: true },
          answer: async ({ turns }) => `答：${turns.at(-1)?.text}`,
        })
        await pull()
        await sweep()
        const entry = await onlyEntry()
        expect(entry).toMatchObject({ stage: 'needs_person', reason: 'unreadable', key: voice.msgid })
        canHear = true
        expect(await retry(entry.id)).toEqual({ kind: 'retried' })
        await sweep()
        expect(texts()).toEqual(['答：听不了', '答：几点开门'])
        expect(await parked.countOpen()).toBe(0)
      })

      it('is parked anew when it can not be read again, and the customer hears nothing twice', async () => {
        const { retry, onlyEntry, sweep, texts } = await startUnread()
        const { id } = await onlyEntry()
        await retry(id)
        await sweep()
        expect((await onlyEntry()).id).not.toBe(id)
        expect(texts()).toHaveLength(1)
      })

      it.each([
        ['recalled', `update message set state = 'recalled'`],
        ['settled', `update message set state = 'parsed'`],
        ['purged', `update message set raw = ''`],
        ['purged', 'delete from message'],
      ])('is refused as %s', async (reason, statement) => {
        const { database, retry, onlyEntry } = await startUnread()
        await database.run(statement)
        expect(await retry((await onlyEntry()).id)).toEqual({ kind: 'refused', reason })
      })
    })

    describe('a message that was too old to be answered', () => {
      const old = () => customerText('还有货吗？', { sendTime: Date.now() - 3 * DAY_MS })

      it('is refused while the platform’s window is closed', async () => {
        const { pull, retry, onlyEntry } = await start([], { sync: pullsOf([], [old()]) })
        await pull()
        await pull('t2')
        const entry = await onlyEntry()
        expect(entry).toMatchObject({ stage: 'needs_person', reason: 'too-old' })
        expect(await retry(entry.id)).toEqual({ kind: 'refused', reason: 'window-closed' })
      })

      it('is answered when the customer has written again', async () => {
        const { pull, retry, onlyEntry, sweep, texts } = await start([], {
          sync: pullsOf([], [old()], [customerText('在吗')]),
          answer: async ({ turns }) => `答：${turns.at(-1)?.text}`,
        })
        for (const token of ['t1', 't2', 't3']) await pull(token)
        await sweep()
        expect(await retry((await onlyEntry()).id)).toEqual({ kind: 'retried' })
        await sweep()
        expect(texts()).toEqual(['答：在吗', '答：还有货吗？'])
      })
    })

    describe('a part that was refused', () => {
      async function startRefused(fail: () => AppError = () => refusal(40096, 'park')) {
        let isBroken = true
        const tried: string[] = []
        const pipeline = await start([[customerText('你好')]], {
          answer: async () => '一|二|三',
          async send({ msgid, text }) {
            tried.push(msgid)
            if (isBroken && text === '二') throw fail()
          },
        })
        await pipeline.pull()
        await pipeline.sweep()
        const mend = () => {
          isBroken = false
        }
        return { ...pipeline, mend, tried }
      }

      it('goes out under a new msgid, with the rest of its answer', async () => {
        const { retry, onlyEntry, mend, sweep, texts, tried, parked } = await startRefused()
        expect(texts()).toEqual(['一'])
        mend()
        expect(await retry((await onlyEntry()).id)).toEqual({ kind: 'retried' })
        await sweep()
        expect(texts()).toEqual(['一', '二', '三'])
        expect(new Set(tried).size).toBe(4)
        expect(await parked.countOpen()).toBe(0)
      })

      it('keeps its msgid when an earlier attempt may have arrived', async () => {
        const { database, retry, onlyEntry, mend, sweep, passTime, texts, tried } = await startRefused(() =>
          tried.length === 2
            ? new AppError('wecom.unreachable', 'silence', { retryable: true })
            : refusal(40096, 'park'),
        )
        await passTime()
        await sweep()
        expect(tried[1]).toBe(tried[2])
        expect(await database.all(`select in_doubt from reply_part where no = 1`)).toEqual([{ in_doubt: 1 }])
        mend()
        await retry((await onlyEntry()).id)
        await sweep()
        expect(texts()).toEqual(['一', '二', '三'])
        expect(tried[3]).toBe(tried[1])
      })

      it('takes its place in the quota again', async () => {
        const { database, retry, onlyEntry, mend, sweep } = await startRefused()
        mend()
        await retry((await onlyEntry()).id)
        await sweep()
        expect(await database.all('select sent_since from conversation')).toEqual([{ sent_since: 3 }])
      })

      it.each([
        ['window-closed', `update conversation set last_customer_at = 0`],
        ['quota-used', 'update conversation set sent_since = 5'],
        ['with-person', `update conversation set desk = 'person'`],
        ['settled', `update reply_part set state = 'sent'`],
        ['not-retryable', `update reply_part set channel = 'on_event'`],
        ['purged', 'delete from reply_part'],
      ])('is refused as %s', async (reason, statement) => {
        const { database, retry, onlyEntry, parked } = await startRefused()
        await database.run(statement)
        expect(await retry((await onlyEntry()).id)).toEqual({ kind: 'refused', reason })
        expect(await parked.countOpen()).toBe(1)
      })
    })

    it('sends again what the platform took and then did not deliver', async () => {
      const sent: string[] = []
      let event: SyncedMessage | undefined
      const { pull, sweep, retry, onlyEntry, texts } = await start([], {
        async sync({ cursor }) {
          const messages = cursor === '' ? [customerText('你好')] : event === undefined ? [] : [event]
          return { messages, nextCursor: `${cursor}c`, hasMore: false }
        },
        answer: async () => '一|二',
        send: async ({ msgid }) => void sent.push(msgid),
      })
      await pull()
      await sweep()
      const ids = { open_kfid: 'wkAAA', external_userid: 'wm1' }
      event = platformEvent({ event_type: 'msg_send_fail', fail_msgid: sent[1], fail_type: 4, ...ids })
      await pull('t2')
      const entry = await onlyEntry()
      expect(entry).toMatchObject({ stage: 'send', key: sent[1], conv: CONV, reason: 'fail_type 4' })
      expect(await retry(entry.id)).toEqual({ kind: 'retried' })
      await sweep()
      expect(texts()).toEqual(['一', '二', '二'])
      expect(new Set(sent).size).toBe(3)
    })

    it('says of an unknown, a closed and an unfit entry what it is', async () => {
      const { database, retry, parked } = await start([[]])
      expect(await retry('nobody')).toEqual({ kind: 'missing' })
      const add = (id: string, stage: string, conv: string) =>
        database.run(
          `insert into parked (id, stage, key, conv, reason, at) values (?1, ?2, 'k', ?3, 'r', 1)`,
          id,
          stage,
          conv,
        )
      await add('closed', 'parse', CONV)
      await parked.close('closed')
      expect(await retry('closed')).toEqual({ kind: 'missing' })
      await add('of-nobody', 'parse', '')
      expect(await retry('of-nobody')).toEqual({ kind: 'refused', reason: 'not-retryable' })
      await database.run(
        `insert into conversation (id, open_kfid, external_userid, created_at, last_customer_at) values (?1, 'wk', 'wm', 1, ?2)`,
        CONV,
        database.now(),
      )
      await add('strange', 'fetch', CONV)
      expect(await retry('strange')).toEqual({ kind: 'refused', reason: 'not-retryable' })
    })
  })
}
