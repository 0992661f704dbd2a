import { describe, expect, it } from 'vitest'
import { MINUTE_MS, SECOND_MS } from '../../simulator/clock.ts'
import { ACCOUNT, CUSTOMER, OTHER_ACCOUNT, startSimulator, textTo } from './start-simulator.ts'

const start = async (switches = {}) => {
  const simulator = await startSimulator({
    clock: () => 1_800_000_000_000,
    switches: { mode: 'native', ...switches },
  })
  simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
  await simulator.call('kf/send_msg', textTo('说错了', { msgid: 'mine-1' }))
  const recall = (fields: object = {}) =>
    simulator.call('kf/recall_msg', { msgid: 'mine-1', open_kfid: ACCOUNT, ...fields })
  return { simulator, recall }
}

describe('recall_msg', () => {
  it('takes a message back within two minutes, which stays counted', async () => {
    const { simulator, recall } = await start()
    simulator.moveClock({ ms: 2 * MINUTE_MS })
    expect(await recall()).toMatchObject({ errcode: 0 })
    const { records, messagesLeft } = simulator.chat({ externalUserId: CUSTOMER })
    expect(records.at(-1)).toMatchObject({ kind: 'recalled', msgid: 'mine-1', externalUserId: CUSTOMER })
    expect(messagesLeft).toBe(4)
  })

  it('refuses after two minutes', async () => {
    const { simulator, recall } = await start()
    simulator.moveClock({ ms: 2 * MINUTE_MS + SECOND_MS })
    expect(await recall()).toMatchObject({ errcode: 95029 })
  })

  it.each<[string, object, number]>([
    ['a message that was never sent', { msgid: 'other' }, 95028],
    ['a message of another account', { open_kfid: OTHER_ACCOUNT }, 95028],
    ['no msgid', { msgid: '' }, 40058],
  ])('refuses %s', async (_name, fields, errcode) => {
    const { recall } = await start()
    expect(await recall(fields)).toMatchObject({ errcode })
  })

  it('refuses the second time, and a customer’s message', async () => {
    const { simulator, recall } = await start()
    await recall()
    expect(await recall()).toMatchObject({ errcode: 95028 })
    expect(await recall({ msgid: simulator.written()[0]?.msgid })).toMatchObject({ errcode: 95028 })
  })
})
