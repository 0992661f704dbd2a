/**
 * One ordinary day of the client with every switch of the simulator in every position that it has, and every errcode that the platform is
 * known to give. A new switch or code takes part by itself.
 */
import { describe, expect, it } from 'vitest'
import { changeServiceState } from '../../../../bridge/wecom/endpoints/change-service-state.ts'
import { createContactLink } from '../../../../bridge/wecom/endpoints/create-contact-link.ts'
import { describeErrcode } from '../../../../bridge/wecom/error-table.ts'
import type { MediaFile } from '../../../../bridge/wecom/outgoing-content.ts'
import type { AppError } from '../../../../shared/app-error.ts'
import { listErrorCodes } from '../../../simulator/error-codes.ts'
import { describeSwitches, type Switches, switchesSchema } from '../../../simulator/switches.ts'
import { conversation, customer, never, startClientOnSimulator } from './client-on-simulator.ts'

const png: MediaFile = { name: '图.png', bytes: new Uint8Array(Buffer.from('\x89PNG\r\n\x1a\n and more', 'latin1')) }

/** Where a position makes a call of the day fail, as it should: not the client's matter to work around. */
const isAtOdds: Readonly<Record<string, (value: unknown) => boolean>> = {
  mode: (value) => value === 'native',
  syncPageSize: (value) => value === 0,
}

const positions = describeSwitches(switchesSchema.parse({})).flatMap(({ name, kind, options, isNullable }) => {
  const values: unknown[] = kind === 'boolean' ? [true, false] : [...options]
  if (isNullable) values.push(null)
  return values.filter((value) => isAtOdds[name]?.(value) !== true).map((value): [string, unknown] => [name, value])
})

/** Numbers that are not published, as others have seen or guessed them. */
const guesses: Partial<Switches>[] = [
  { imageUploadBytes: 2 * 1024 * 1024, menuItems: 10, spentCodeErrcode: 40058, badCursorErrcode: 40058 },
  { callbackFoldMs: 50, messagesPerCustomerMessage: 4, unknownDepartmentErrcode: 60123, wrongSecretsUntilBan: 1 },
]
const firsts = switchesSchema.parse({}) as Readonly<Record<string, unknown>>
/** Each that has another position, there. */
const allOthers = Object.fromEntries(positions.filter(([name, value]) => value !== firsts[name])) as Partial<Switches>

describe('an ordinary day', () => {
  it('is tried with many positions', () => {
    expect(positions.length).toBeGreaterThan(40)
    expect(Object.keys(allOthers).length).toBeGreaterThan(25)
  })

  const days = positions.map(([name, value]) => ({ [name]: value }) as Partial<Switches>)
  it.each([...days, ...guesses, allOthers])('goes well with %j', async (switches) => {
    await using world = await startClientOnSimulator({ switches })
    const { client, simulator } = world
    simulator.customerEnters({ ...customer })
    simulator.customerWrites({ ...customer, text: '在吗' })
    expect((await world.sync()).messages.map(({ type }) => type)).toEqual(['event', 'text'])
    await client.sendText({ ...conversation, msgid: 'd1', text: '您好' }, never)
    await client.sendMessage({ ...conversation, msgid: 'd2', content: { type: 'image', media: png } }, never)
    const menu = { type: 'menu', items: [{ type: 'click', text: '退货' }] } as const
    await client.sendMessage({ ...conversation, msgid: '', content: menu }, never)
    expect((await client.getCustomers(['wm1'], never)).invalidIds).toEqual([])
    expect(await client.listAccountIds(never)).toEqual(['wk1'])
    expect(await world.call(createContactLink, { openKfId: 'wk1', scene: 's' })).toMatch(/^https:/)
    const { body } = await client.downloadMedia(await client.uploadMedia('image', png, never), never)
    expect(Buffer.concat(await Array.fromAsync(body)).equals(Buffer.from(png.bytes))).toBe(true)
    expect(await client.getServiceState('wk1', 'wm1', never)).toBe(1)
    const code = await world.call(changeServiceState, { ...conversation, state: 2 })
    await client.sendOnEvent({ code, msgid: 'd4', content: { type: 'text', text: '正在转人工' } }, never)
    expect(simulator.delivered()).toHaveLength(4)
  })

  it.each([48002, 48007, 40058, 95012])(
    'in native mode goes well without what the mode lacks, which says %i',
    async (errcode) => {
      await using world = await startClientOnSimulator({
        switches: { mode: 'native', lackingEndpointErrcode: errcode },
      })
      const { client, simulator } = world
      simulator.customerEnters({ ...customer })
      const [entered] = (await world.sync()).messages
      const { welcome_code: code } = JSON.parse(entered?.raw ?? '').event
      await client.sendOnEvent({ code, msgid: 'd0', content: { type: 'text', text: '欢迎' } }, never)
      simulator.customerWrites({ ...customer, text: '在吗' })
      await client.sendText({ ...conversation, msgid: 'd1', text: '您好' }, never)
      await client.sendMessage({ ...conversation, msgid: 'd2', content: { type: 'image', media: png } }, never)
      expect((await client.getCustomers(['wm1'], never)).invalidIds).toEqual([])
      expect(await client.listAccountIds(never)).toEqual(['wk1'])
      const state = () => client.getServiceState('wk1', 'wm1', never)
      for (let asked = 0; asked < 3; asked += 1) await expect(state()).rejects.toMatchObject({ code: 'wecom.refused' })
      expect(simulator.calls()['kf/service_state/get']).toBe(1)
      await client.sendText({ ...conversation, msgid: 'd3', text: '还在吗' }, never)
      expect(simulator.delivered()).toHaveLength(4)
    },
  )
})

describe('an errcode', () => {
  const codes = listErrorCodes().map(({ errcode }) => errcode)

  it.each(codes)('%i is named with its action, and shows neither token nor secret', async (errcode) => {
    await using world = await startClientOnSimulator({
      faults: [{ endpoint: 'kf/send_msg', action: { kind: 'errcode', errcode } }],
    })
    const { action } = describeErrcode(errcode)
    expect(action).not.toBe('unknown')
    const sent = world.client.sendText({ ...conversation, msgid: 'm1', text: 'a' }, never)
    const error: unknown = await sent.catch((failure: unknown) => failure)
    expect(error).toMatchObject({ code: 'wecom.refused', details: { errcode, action, endpoint: 'kf/send_msg' } })
    expect(error).toMatchObject({ details: { hint: expect.stringMatching(/^\d+_\d+_[0-9a-f]+$/) } })
    // Our own address is told only where it has to be added to a list.
    const { address: _, ...details } = (error as AppError).details
    if (errcode !== 60020) expect((error as AppError).details).not.toHaveProperty('address')
    const told = JSON.stringify({ ...(error as AppError), details }) + String((error as Error).stack)
    expect(told).not.toMatch(/access_token|SECRET|127\.0\.0\.1/)
  })
})
