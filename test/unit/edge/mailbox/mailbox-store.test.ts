import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createMailboxStore, type MailboxStore } from '../../../../edge/mailbox/mailbox-store.ts'
import type { KeptEvent } from '../../../../shared/frames.ts'

const EVENT: KeptEvent = {
  name: 'kf_account_auth_change',
  createTime: 5,
  addedOpenKfIds: ['wk1'],
  removedOpenKfIds: [],
}
const nudge = (createTime: number, token = `T${createTime}`, openKfId = 'wk1') => ({ openKfId, token, createTime })

interface Opened {
  store: MailboxStore
  /** A second one on the same tables, as after a wake. */
  reopen(): MailboxStore
  /** Rows that the calls inside `run` wrote, by the runtime's own count. */
  rowsWritten(run: () => void): number
}

let count = 0

/** Runs in an object of its own, on the real storage. */
async function withStore(test: (opened: Opened) => void): Promise<void> {
  count += 1
  await runInDurableObject(env.MAILBOX.getByName(`store-${count}`), (_mailbox, state) => {
    const cursors: { rowsWritten: number }[] = []
    const sql = {
      exec: <Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: unknown[]) => {
        const cursor = state.storage.sql.exec<Row>(query, ...bindings)
        cursors.push(cursor)
        return cursor
      },
    }
    test({
      store: createMailboxStore(sql),
      reopen: () => createMailboxStore(sql),
      rowsWritten(run) {
        cursors.length = 0
        run()
        return cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, 0)
      },
    })
  })
}

describe('what each operation costs in rows written', () => {
  it('2 for the first nudge of an account and 2 for each newer one', () =>
    withStore(({ store, rowsWritten }) => {
      expect(rowsWritten(() => store.keepNudge(nudge(1), 1))).toBe(2)
      expect(rowsWritten(() => store.keepNudge(nudge(2), 2))).toBe(2)
      expect(rowsWritten(() => store.keepNudge(nudge(1, 'T', 'wk2'), 3))).toBe(2)
    }))

  it('0 for a duplicate and 0 for an older nudge, waiting or acknowledged', () =>
    withStore(({ store, rowsWritten }) => {
      store.keepNudge(nudge(5), 1)
      expect(rowsWritten(() => store.keepNudge(nudge(5), 2))).toBe(0)
      expect(rowsWritten(() => store.keepNudge(nudge(4), 2))).toBe(0)
      store.acknowledge([1])
      expect(rowsWritten(() => store.keepNudge(nudge(5), 3))).toBe(0)
      expect(rowsWritten(() => store.keepNudge(nudge(4), 3))).toBe(0)
    }))

  it('2 for an event and 0 for its duplicate', () =>
    withStore(({ store, rowsWritten }) => {
      expect(rowsWritten(() => store.keepEvent('k', EVENT, 1))).toBe(2)
      expect(rowsWritten(() => store.keepEvent('k', EVENT, 2))).toBe(0)
    }))

  it('1 for each mail that an acknowledgement ends, 0 for what it does not', () =>
    withStore(({ store, rowsWritten }) => {
      store.keepNudge(nudge(1, 'T', 'wk1'), 1)
      store.keepNudge(nudge(1, 'T', 'wk2'), 1)
      store.keepNudge(nudge(1, 'T', 'wk3'), 1)
      store.keepNudge(nudge(2, 'T', 'wk3'), 2)
      expect(rowsWritten(() => store.acknowledge([3]))).toBe(0)
      expect(rowsWritten(() => store.acknowledge([1, 2, 99]))).toBe(2)
      expect(rowsWritten(() => store.acknowledge([1, 2]))).toBe(0)
      expect(rowsWritten(() => store.acknowledge([]))).toBe(0)
    }))

  it('0 for looking, 1 for each slot that is purged, 1 for each note', () =>
    withStore(({ store, rowsWritten }) => {
      store.keepNudge(nudge(1, 'T', 'wk1'), 1)
      store.keepNudge(nudge(1, 'T', 'wk2'), 2)
      expect(
        rowsWritten(() => {
          store.waitingAfter(0)
          store.waiting()
          store.oldestReceivedAt()
          store.lastNumber()
          store.readMeta('database_id')
        }),
      ).toBe(0)
      expect(rowsWritten(() => store.purge(2))).toBe(1)
      expect(rowsWritten(() => store.writeMeta('database_id', 'a'))).toBe(1)
      expect(rowsWritten(() => store.writeMeta('database_id', 'b'))).toBe(1)
    }))

  it('0 for waking up on tables that exist', () =>
    withStore(({ reopen, rowsWritten }) => {
      expect(rowsWritten(() => reopen())).toBe(0)
    }))
})

describe('keepNudge', () => {
  it('keeps the newest nudge of an account under a new number', () =>
    withStore(({ store }) => {
      store.keepNudge(nudge(1), 10)
      const mail = store.keepNudge(nudge(2), 20)
      expect(mail).toEqual({ number: 2, kind: 'nudge', nudge: nudge(2), receivedAt: 20 })
      expect(store.waitingAfter(0)).toEqual([mail])
    }))

  it('takes another token under the same second for news', () =>
    withStore(({ store }) => {
      store.keepNudge(nudge(1, 'A'), 10)
      expect(store.keepNudge(nudge(1, 'B'), 10)).toMatchObject({ number: 2, nudge: { token: 'B' } })
    }))

  it('keeps the accounts apart, and the one that stands for all', () =>
    withStore(({ store }) => {
      for (const openKfId of ['wk1', 'wk2', '*']) store.keepNudge(nudge(1, 'T', openKfId), 10)
      const accounts = store.waitingAfter(0).map((mail) => mail.kind === 'nudge' && mail.nudge.openKfId)
      expect(accounts).toEqual(['wk1', 'wk2', '*'])
    }))

  it('waits again after an acknowledgement only for what is newer', () =>
    withStore(({ store }) => {
      store.keepNudge(nudge(5), 10)
      store.acknowledge([1])
      expect(store.keepNudge(nudge(5), 11)).toBeUndefined()
      expect(store.waitingAfter(0)).toEqual([])
      store.keepNudge(nudge(6), 12)
      expect(store.waitingAfter(0)).toMatchObject([{ number: 2, nudge: { createTime: 6 } }])
    }))
})

describe('acknowledge', () => {
  it('does nothing for a number that was superseded', () =>
    withStore(({ store }) => {
      store.keepNudge(nudge(1), 10)
      store.keepNudge(nudge(2), 20)
      expect(store.acknowledge([1])).toBe(0)
      expect(store.waitingAfter(0)).toMatchObject([{ number: 2 }])
      expect(store.acknowledge([2])).toBe(1)
      expect(store.waitingAfter(0)).toEqual([])
    }))

  it('never meets a number again, not even after a purge of everything', () =>
    withStore(({ store }) => {
      store.keepNudge(nudge(1), 10)
      store.keepEvent('k', EVENT, 10)
      expect(store.purge(11)).toBe(2)
      expect(store.oldestReceivedAt()).toBeUndefined()
      expect(store.keepNudge(nudge(1), 12)).toMatchObject({ number: 3 })
      expect(store.acknowledge([1, 2])).toBe(0)
    }))
})

describe('waiting', () => {
  it('tells how long an account has waited, however often its nudge was renewed', () =>
    withStore(({ store }) => {
      expect(store.waiting()).toEqual({ pending: 0, oldestSince: undefined })
      store.keepNudge(nudge(1), 100)
      store.keepNudge(nudge(2), 200)
      store.keepEvent('k', EVENT, 150)
      expect(store.waiting()).toEqual({ pending: 2, oldestSince: 100 })
      store.acknowledge([2])
      expect(store.waiting()).toEqual({ pending: 1, oldestSince: 150 })
      store.keepNudge(nudge(3), 300)
      store.acknowledge([3])
      expect(store.waiting()).toEqual({ pending: 1, oldestSince: 300 })
    }))
})

it('an event comes back as it was kept', () =>
  withStore(({ store }) => {
    store.keepEvent('k', EVENT, 7)
    expect(store.waitingAfter(0)).toEqual([{ number: 1, kind: 'event', event: EVENT, receivedAt: 7 }])
  }))

it('waitingAfter gives what has a higher number, lowest first', () =>
  withStore(({ store }) => {
    for (const openKfId of ['wkC', 'wkA', 'wkB']) store.keepNudge(nudge(1, 'T', openKfId), 1)
    expect(store.waitingAfter(1).map(({ number }) => number)).toEqual([2, 3])
  }))
