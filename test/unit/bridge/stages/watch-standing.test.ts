import { describe, expect, it } from 'vitest'
import type { RelayStanding } from '../../../../bridge/relay/relay.ts'
import { createWatchStanding } from '../../../../bridge/stages/watch-standing.ts'
import { createMailboxStore } from '../../../../bridge/store/mailbox-store.ts'
import { openTestDatabase } from '../../../support/test-databases.ts'

async function startTwo({ waitMs = 60_000 } = {}) {
  const { database } = await openTestDatabase('sqlite')
  const join = () => {
    const world = { standing: 'connecting' as RelayStanding, up: false }
    const relay = { standing: () => world.standing, state: () => ({ up: world.up }) }
    return { world, ...createWatchStanding({ mailbox: createMailboxStore(database), relay }, { waitMs }) }
  }
  return { holder: join(), other: join() }
}

describe('createWatchStanding', () => {
  it('tells the other processes that the mailbox is of another database, and when it is not any more', async () => {
    const { holder, other } = await startTwo()
    expect(await other.standing()).toBe('connecting')
    holder.world.standing = 'foreign'
    await holder.share()
    expect([await holder.standing(), await other.standing()]).toEqual(['foreign', 'foreign'])
    Object.assign(holder.world, { standing: 'free', up: true })
    await holder.share()
    expect([await holder.standing(), await other.standing()]).toEqual(['free', 'connecting'])
  })

  it('keeps what the mailbox said last while the edge is away', async () => {
    const { holder, other } = await startTwo()
    holder.world.standing = 'foreign'
    await holder.share()
    holder.world.standing = 'free'
    await holder.share()
    expect(await other.standing()).toBe('foreign')
  })

  it('lets nobody wait for ever who hears nothing', async () => {
    const { other } = await startTwo({ waitMs: -1 })
    expect(await other.standing()).toBe('free')
  })
})
