/** The client against a platform that somebody else wrote from the same documentation, its unknowns in either position. */
import { describe, expect, it } from 'vitest'
import { caught, customer, never, startClientOnSimulator as setUp } from './client-on-simulator.ts'

const outgoing = { openKfId: 'wk1', externalUserId: 'wm1', text: '您好😀' }

describe('the client against the simulator', () => {
  it('reads what a customer wrote and entered, and answers', async () => {
    await using world = await setUp()
    world.simulator.customerEnters({ ...customer })
    world.simulator.customerWrites({ ...customer, text: '退货' })
    const { messages, hasMore } = await world.sync()
    expect(messages).toMatchObject([
      { type: 'event', origin: 4, openKfId: 'wk1', externalUserId: 'wm1' },
      { type: 'text', origin: 3, openKfId: 'wk1', externalUserId: 'wm1' },
    ])
    expect(hasMore).toBe(false)
    await world.client.sendText({ ...outgoing, msgid: 'reply-1' }, never)
    expect(world.simulator.delivered()).toMatchObject([{ msgid: 'reply-1', text: '您好😀' }])
    expect(await world.client.getServiceState('wk1', 'wm1', never)).toBe(1)
    expect(world.log.lines.filter(({ level }) => level !== 'info')).toEqual([])
  })

  it('gets everything over short and empty pages, once', async () => {
    await using world = await setUp({
      switches: { syncPageSize: 3, emptyPageChance: 0.4, tokenlessSyncsPerMinute: null },
    })
    const written = Array.from(
      { length: 20 },
      (_, no) => world.simulator.customerWrites({ ...customer, text: `${no}` }).msgid,
    )
    const found: string[] = []
    for (let page = await world.sync(); ; page = await world.sync(page.nextCursor)) {
      found.push(...page.messages.map(({ msgid }) => msgid))
      if (!page.hasMore) break
    }
    expect(found).toEqual(written)
  })

  it.each([40014, 42001] as const)('goes on after its token was revoked with %i', async (revokedTokenErrcode) => {
    await using world = await setUp({ switches: { revokedTokenErrcode } })
    await world.sync()
    world.pass(60_000)
    world.simulator.revokeAccessTokens()
    await world.sync()
    expect(world.simulator.calls()).toMatchObject({ gettoken: 2, 'kf/sync_msg': 3 })
  })

  it('asks for a new token when the old one is about to expire', async () => {
    await using world = await setUp()
    await world.sync()
    world.pass(116 * 60_000)
    await world.sync()
    expect(world.simulator.refused()).toEqual([])
  })

  it('is not banned for a wrong secret', async () => {
    await using world = await setUp({}, 'wrong')
    for (let no = 0; no < 20; no += 1) expect(await caught(world.sync())).toMatchObject({ code: 'wecom.token' })
    expect(world.simulator.calls().gettoken).toBe(1)
  })

  it('names a duplicate, a session with a person and a full quota by their actions', async () => {
    await using world = await setUp()
    const send = (msgid: string) => caught(world.client.sendText({ ...outgoing, msgid }, never))
    expect(await send('early')).toMatchObject({ code: 'wecom.refused', details: { action: 'drop' } })
    world.simulator.customerWrites({ ...customer, text: '在吗' })
    expect(await send('m1')).toBeUndefined()
    expect(await send('m1')).toMatchObject({ details: { errcode: 95033, action: 'accepted-before' } })
    for (const msgid of ['m2', 'm3', 'm4', 'm5']) expect(await send(msgid)).toBeUndefined()
    expect(await send('m6')).toMatchObject({ details: { errcode: 95001, action: 'hand-over' } })
    world.pass(49 * 3_600_000)
    expect(await send('m7')).toMatchObject({ code: 'wecom.refused', retryable: false })
  })

  it('says of a limit that it is to be waited for', async () => {
    await using world = await setUp({ switches: { tokenlessSyncsPerMinute: 2 } })
    await world.sync()
    await world.sync()
    expect(await caught(world.sync())).toMatchObject({ retryable: true, details: { errcode: 45009, action: 'wait' } })
  })

  it('lists the accounts that it may use', async () => {
    const accounts = Array.from({ length: 120 }, (_, no) => ({ name: `${no}`, openKfId: `wk${no}` }))
    await using world = await setUp({ accounts })
    expect(await world.client.listAccountIds(never)).toEqual(accounts.map(({ openKfId }) => openKfId))
  })
})
