/** People take over, and give back: against the simulated platform, which refuses what the real one refuses. */
import { describe, expect, it } from 'vitest'
import type { ConversationClaim } from '../../../../bridge/store/conversation-claim.ts'
import { changeServiceState } from '../../../../bridge/wecom/endpoints/change-service-state.ts'
import { AppError } from '../../../../shared/app-error.ts'
import {
  ACCOUNT,
  CUSTOMER,
  type DeskStack,
  type DeskStackOptions,
  SERVICERS,
  startDeskStack,
} from '../../../support/desk-stack.ts'

const OPEN_ON_MONDAY = [{ days: [1], from: '09:00', to: '18:00' }]
const HOUR_MS = 3_600_000

const [LISI, ZHANGSAN] = SERVICERS
const state = ({ simulator, place }: DeskStack) => simulator.conversation(place)
const says = async (stack: DeskStack, text: string, menuId?: string) => {
  stack.simulator.customerWrites({ ...stack.place, text, ...(menuId === undefined ? {} : { menuId }) })
  await stack.settle()
}
const acts = async (stack: DeskStack, act: 'take' | 'end' | 'write' | 'reopen', text = '') => {
  const base = { ...stack.place, servicerUserId: LISI }
  stack.simulator.servicerActs(act === 'write' ? { act, ...base, text } : { act, ...base })
  await stack.settle()
}
function missing(): never {
  throw new Error('the conversation is not there')
}

const parkedCount = async ({ database }: DeskStack) =>
  (await database.all<{ reason: string }>('select reason from parked where closed_at = 0')).map(({ reason }) => reason)

describe('a hand-over', () => {
  it.each<[string, string, DeskStackOptions]>([
    ['asked for in words', '转人工', {}],
    ['by the verdict of the model', '退款怎么还没到', { answer: async () => ({ verdict: 'hand_over', text: '' }) }],
    ['for want of an answer', '你们老板几岁', { answer: async () => ({ verdict: 'no_answer', text: '' }) }],
  ])('%s: the person on duty has it, and the customer is told with a summary', async (_what, text, options) => {
    const stack = await startDeskStack(options)
    await says(stack, text)
    expect(state(stack)).toMatchObject({ state: 3, servicerUserId: LISI })
    expect(stack.got()).toEqual([expect.stringContaining('已为您转接人工客服，请稍候。')])
    expect(stack.got()[0]).toContain(`【会话摘要】\n客户：小雨\n咨询：${text}`)
    expect(await stack.changes()).toHaveLength(1)
    expect(await parkedCount(stack)).toEqual([])
  })

  it('tells the person what was answered before', async () => {
    const stack = await startDeskStack()
    await says(stack, '保温杯漏水怎么办')
    await says(stack, '找真人')
    expect(stack.got()[1]).toContain('咨询：保温杯漏水怎么办\n咨询：找真人\n已答复：答：保温杯漏水怎么办')
    expect(await stack.changes()).toEqual([`3 ${LISI} asked-for-person`])
  })

  it('is not asked for by those who do not want it', async () => {
    const stack = await startDeskStack()
    await says(stack, '不用转人工，你说就行')
    expect(stack.got()).toEqual(['答：不用转人工，你说就行'])
  })

  it.each([
    ['a page', '这款有货吗', '这款有货吗\n[网页] 客服电话，投诉与人工客服：请拨打'],
    ['a complaint of a page', '这款有货吗', '这款有货吗\n[网页] 太差了，没用'],
  ])('is not asked for by %s that a customer refers to', async (_what, text, read) => {
    const stack = await startDeskStack({ settings: { 'handover.dissatisfiedAfter': 1 } })
    stack.simulator.customerWrites({ ...stack.place, text })
    await stack.pull()
    await stack.database.run('update message set text = ?1 where origin = 3', read)
    await stack.runWoken()
    expect(stack.asked).toHaveLength(1)
    expect(await stack.changes()).toEqual([])
  })

  it('is asked for by a voice', async () => {
    const stack = await startDeskStack()
    stack.simulator.customerWrites({ ...stack.place, text: '…' })
    await stack.pull()
    await stack.database.run(`update message set type = 'voice', raw = '{}', text = '[语音] 转人工' where origin = 3`)
    await stack.runWoken()
    expect(await stack.changes()).toEqual([`3 ${LISI} asked-for-person`])
  })

  it('follows on the second complaint, not on the first', async () => {
    const stack = await startDeskStack()
    await says(stack, '没用')
    expect(state(stack)).toMatchObject({ state: 1 })
    await says(stack, '还是没解决')
    expect(state(stack)).toMatchObject({ state: 3 })
    expect(await stack.changes()).toEqual([`3 ${LISI} dissatisfied`])
  })

  it('follows when no model answers to the end', async () => {
    const stack = await startDeskStack({
      answer: async () => {
        throw new AppError('answer.unavailable', 'down', { retryable: true })
      },
      giveUpAfterMs: 0,
    })
    await says(stack, '多少钱')
    for (let tries = 0; tries < 12 && state(stack).state !== 3; tries += 1) {
      stack.pass(60_000)
      await stack.sweep()
    }
    expect(state(stack)).toMatchObject({ state: 3 })
    expect((await stack.changes())[0]).toContain('outage')
  })

  it('follows for what has waited too long, where somebody is there', async () => {
    const stack = await startDeskStack()
    await stack.pull()
    stack.simulator.customerWrites({ ...stack.place, text: '在吗' })
    // Nobody came to pull it.
    stack.pass(2 * HOUR_MS)
    await stack.settle()
    expect(await stack.changes()).toEqual([`3 ${LISI} stale`])
  })

  it('gives customers in turn, and skips who is off duty', async () => {
    const customers = ['a', 'b', 'c', 'd'].map((id) => ({ name: id, externalUserId: id }))
    const stack = await startDeskStack({ simulator: { customers } })
    const give = async (externalUserId: string) => {
      stack.simulator.customerWrites({ openKfId: ACCOUNT, externalUserId, text: '转人工' })
      await stack.settle()
      return stack.simulator.conversation({ openKfId: ACCOUNT, externalUserId }).servicerUserId
    }
    expect([await give('a'), await give('b'), await give('c')]).toEqual([LISI, ZHANGSAN, LISI])
    stack.simulator.servicerActs({ act: 'status', openKfId: ACCOUNT, servicerUserId: ZHANGSAN, receiving: false })
    expect(await give('d')).toBe(LISI)
  })

  it('can go to whoever has waited longest for a customer', async () => {
    const customers = ['a', 'b', 'c', 'd'].map((id) => ({ name: id, externalUserId: id }))
    const stack = await startDeskStack({
      simulator: { customers },
      settings: { 'handover.to': 'named', 'handover.named': [ZHANGSAN] },
    })
    const give = async (externalUserId: string) => {
      stack.pass(1000)
      stack.simulator.customerWrites({ openKfId: ACCOUNT, externalUserId, text: '转人工' })
      await stack.settle()
      return stack.simulator.conversation({ openKfId: ACCOUNT, externalUserId }).servicerUserId
    }
    expect([await give('a'), await give('b')]).toEqual([ZHANGSAN, ZHANGSAN])
    await stack.set('handover.to', 'least-recent')
    expect([await give('c'), await give('d')]).toEqual([LISI, ZHANGSAN])
  })

  it('that somebody else was quicker with follows the state, and is not tried again', async () => {
    const stack = await startDeskStack({
      settings: { 'handover.to': 'pool' },
      onCall: async (name) => {
        if (name !== 'listServicers') return
        const give = { ...stack.place, state: 3 as const, servicerUserId: ZHANGSAN }
        await stack.wecom.call(changeServiceState, give, stack.shutdown.signal)
      },
    })
    await says(stack, '转人工')
    await stack.sweep()
    expect(state(stack)).toMatchObject({ state: 3, servicerUserId: ZHANGSAN })
    expect(stack.simulator.refused().map(({ errcode }) => errcode)).toEqual([95016])
    expect(await stack.changes()).toEqual([`3 ${ZHANGSAN} asked-for-person`])
    await says(stack, '在吗')
    expect([stack.got(), stack.asked]).toEqual([[], []])
  })

  it('asks the next one when somebody has stopped a moment ago', async () => {
    const stack = await startDeskStack({
      onCall: (name) => {
        if (name === 'give') {
          stack.simulator.servicerActs({ act: 'status', openKfId: ACCOUNT, servicerUserId: LISI, receiving: false })
        }
        return undefined
      },
    })
    await says(stack, '转人工')
    expect(state(stack)).toMatchObject({ state: 3, servicerUserId: ZHANGSAN })
  })

  it('can go to the named one, or to the pool with the place in it', async () => {
    const customers = ['a', 'b', 'c'].map((id) => ({ name: id, externalUserId: id }))
    const stack = await startDeskStack({
      simulator: { customers },
      settings: { 'handover.to': 'named', 'handover.named': [ZHANGSAN] },
    })
    const ask = async (externalUserId: string) => {
      stack.simulator.customerWrites({ openKfId: ACCOUNT, externalUserId, text: '转人工' })
      await stack.settle()
      return stack.simulator.conversation({ openKfId: ACCOUNT, externalUserId })
    }
    expect(await ask('a')).toMatchObject({ state: 3, servicerUserId: ZHANGSAN })
    await stack.set('handover.to', 'pool')
    expect(await ask('b')).toMatchObject({ state: 2 })
    expect(await ask('c')).toMatchObject({ state: 2 })
    expect(stack.got('b')[0]).toContain('正在为您转接人工客服，请稍候。')
    expect(stack.got('c')[0]).toContain('前面还有 1 位')
  })

  it('tells the customer when a person takes them from the pool', async () => {
    const stack = await startDeskStack({ settings: { 'handover.to': 'pool' } })
    await says(stack, '转人工')
    await acts(stack, 'take')
    expect(stack.got()[1]).toBe('人工客服已接入，请继续描述您的问题。')
    expect(await stack.changes()).toEqual(['2 asked-for-person', `3 ${LISI} servicer-taken`])
  })

  it('works without a place for the summary, too', async () => {
    const stack = await startDeskStack({ settings: { 'handover.summary': false } })
    await says(stack, '转人工')
    expect(stack.got()).toEqual(['已为您转接人工客服，请稍候。'])
    expect(await stack.deskStore.changes(1)).toMatchObject([{ summary: expect.stringContaining('咨询：转人工') }])
  })
})

describe('when nobody is there', () => {
  it('goes by the hours of the account as the clock moves on', async () => {
    const customers = ['a', 'b', 'c'].map((id) => ({ name: id, externalUserId: id }))
    const stack = await startDeskStack({
      simulator: { customers },
      settings: { 'hours.weekly': [{ days: [1, 2, 3, 4, 5, 6, 7], from: '09:00', to: '18:00' }] },
    })
    await stack.pull()
    const at = async (hour: number, externalUserId: string) => {
      const inShanghai = (stack.now() + 8 * HOUR_MS) % (24 * HOUR_MS)
      stack.pass((hour * HOUR_MS - inShanghai + 24 * HOUR_MS) % (24 * HOUR_MS))
      stack.simulator.customerWrites({ openKfId: ACCOUNT, externalUserId, text: '转人工' })
      await stack.settle()
      return stack.simulator.conversation({ openKfId: ACCOUNT, externalUserId }).state
    }
    expect([await at(10, 'a'), await at(17.9, 'b')]).toEqual([3, 3])
    expect(await at(18.1, 'c')).toBe(1)
    expect(stack.got('c')).toEqual([expect.stringContaining('现在不是人工服务时间（每天 09:00-18:00）')])
    expect(await at(9.1, 'c')).toBe(3)
  })

  it.each<[string, DeskStackOptions, string]>([
    [
      'outside the hours',
      { settings: { 'hours.weekly': OPEN_ON_MONDAY, 'hours.holidays': [{ from: '2000-01-01', to: '2099-12-31' }] } },
      '现在不是人工服务时间（周一 09:00-18:00）',
    ],
    ['with all off duty', {}, '人工客服暂时不在'],
    ['where the access mode has no sessions', { simulator: { switches: { mode: 'native' } } }, '人工客服暂时不在'],
  ])('%s: a message is taken, and the bot goes on', async (what, options, told) => {
    const stack = await startDeskStack(options)
    if (what === 'with all off duty') {
      for (const servicerUserId of SERVICERS) {
        stack.simulator.servicerActs({ act: 'status', openKfId: ACCOUNT, servicerUserId, receiving: false })
      }
    }
    await says(stack, '转人工')
    expect(stack.got()).toEqual([expect.stringContaining(told)])
    expect(await parkedCount(stack)).toEqual(['asked-for-person'])
    await says(stack, '那你说说怎么退货')
    expect(stack.got()[1]).toBe('答：那你说说怎么退货')
    await says(stack, '转人工')
    expect(await parkedCount(stack)).toEqual(['asked-for-person'])
  })

  describe('and the customer speaks what can not be heard', () => {
    const speaks = async (stack: DeskStack) => {
      stack.simulator.customerWrites({ ...stack.place, text: '…' })
      await stack.pull()
      await stack.database.run(
        `update message set type = 'voice', raw = '{}', text = '[语音]（听不了）' where text = '…'`,
      )
      await stack.database.run(
        `insert into parked (id, stage, key, conv, reason, at)
         select 'unheard', 'needs_person', msgid, conv, 'unreadable', 1 from message where type = 'voice'`,
      )
      await stack.runWoken()
    }
    const unanswered: DeskStackOptions = { answer: async () => ({ verdict: 'no_answer', text: '' }) }
    const goesHome = (stack: DeskStack) => {
      for (const servicerUserId of SERVICERS) {
        stack.simulator.servicerActs({ act: 'status', openKfId: ACCOUNT, servicerUserId, receiving: false })
      }
    }

    it.each<[string, DeskStackOptions]>([
      ['with all off duty', {}],
      ['without hand-over', { settings: { 'handover.enabled': false } }],
    ])('%s: words are asked for, and it waits in the list once', async (_what, options) => {
      const stack = await startDeskStack({ ...unanswered, ...options })
      goesHome(stack)
      await speaks(stack)
      expect(stack.got()).toEqual([expect.stringContaining('请改发文字')])
      expect(await parkedCount(stack)).toEqual(['unreadable'])
    })

    it('what was written beside it is a question without an answer', async () => {
      const stack = await startDeskStack(unanswered)
      goesHome(stack)
      stack.simulator.customerWrites({ ...stack.place, text: '在上面的语音里' })
      await speaks(stack)
      expect(stack.got()).toEqual([expect.stringContaining('没有可靠的答案')])
      expect(await parkedCount(stack)).toEqual(['unreadable', 'no-answer'])
    })

    it('somebody who is there hears it', async () => {
      const stack = await startDeskStack(unanswered)
      await speaks(stack)
      expect(await stack.changes()).toEqual([`3 ${LISI} no-answer`])
    })
  })

  it('the pool takes it where that is wanted', async () => {
    const stack = await startDeskStack({ settings: { 'handover.absent': 'pool' } })
    for (const servicerUserId of SERVICERS) {
      stack.simulator.servicerActs({ act: 'status', openKfId: ACCOUNT, servicerUserId, receiving: false })
    }
    await says(stack, '转人工')
    expect(state(stack)).toMatchObject({ state: 2 })
  })

  it('what was not asked for is answered by the bot', async () => {
    const stack = await startDeskStack({ settings: { 'hours.holidays': [{ from: '2000-01-01', to: '2099-12-31' }] } })
    await says(stack, '没用')
    await says(stack, '太差了')
    expect(stack.got()).toEqual(['答：没用', '答：太差了'])
  })
})

describe('while a person has it', () => {
  it('the bot is silent, whatever is queued, and takes over again with their words in its memory', async () => {
    const stack = await startDeskStack()
    await says(stack, '转人工')
    const before = stack.got().length
    await says(stack, '我的订单在哪')
    await acts(stack, 'write', '您的订单明天到')
    await says(stack, '好的谢谢')
    expect(stack.got()).toHaveLength(before)
    expect(stack.asked).toEqual([])
    await acts(stack, 'end')
    await says(stack, '还有个问题：能开发票吗')
    const question = stack.asked[0]
    expect(question?.turns).toContainEqual(expect.objectContaining({ role: 'servicer', text: '您的订单明天到' }))
    expect(stack.got().at(-1)).toBe('答：还有个问题：能开发票吗')
    expect(await stack.changes()).toEqual([`3 ${LISI} asked-for-person`, `4 ${LISI} servicer-ended`])
  })

  it('an answer that is being written is not sent', async () => {
    const stack = await startDeskStack({
      answer: async () => {
        // Somebody gives it to a person meanwhile; no event tells of that.
        const give = { ...stack.place, state: 3 as const, servicerUserId: LISI }
        await stack.wecom.call(changeServiceState, give, stack.shutdown.signal)
        return '迟到的回答'
      },
    })
    await says(stack, '在吗')
    expect(stack.got()).toEqual([])
    expect(await stack.changes()).toEqual(['3 found-with-person'])
    await says(stack, '还在吗')
    expect(stack.asked).toHaveLength(1)
  })

  it.each([95013, 95018] as const)(
    'an answer whose session has ended (%i) is refused once, and shown to people',
    async (endedSessionErrcode) => {
      let isFirst = true
      const stack = await startDeskStack({
        simulator: { switches: { endedSessionErrcode } },
        answer: async () => {
          const end = { ...stack.place, state: 4 as const }
          if (isFirst) await stack.wecom.call(changeServiceState, end, stack.shutdown.signal)
          isFirst = false
          return '回答'
        },
      })
      await says(stack, '在吗')
      for (let tries = 0; tries < 3; tries += 1) {
        stack.pass(60_000)
        await stack.sweep()
      }
      expect(stack.simulator.refused().map(({ errcode }) => errcode)).toEqual([endedSessionErrcode])
      expect(await parkedCount(stack)).toEqual([`wecom.refused ${endedSessionErrcode}`])
      await says(stack, '还在吗')
      expect(stack.got()).toEqual(['回答'])
    },
  )

  it('a transfer between people is recorded', async () => {
    const stack = await startDeskStack()
    await says(stack, '转人工')
    const act = { ...stack.place, servicerUserId: LISI, toUserId: ZHANGSAN }
    stack.simulator.servicerActs({ act: 'transfer', ...act })
    await stack.settle()
    expect(await stack.changes()).toEqual([`3 ${LISI} asked-for-person`, `3 ${ZHANGSAN} servicer-transferred`])
    expect(await stack.deskStore.read(stack.conv)).toMatchObject({ state: 3, servicerUserId: ZHANGSAN })
  })

  it('a re-opened session silences the bot again', async () => {
    const stack = await startDeskStack()
    await says(stack, '转人工')
    await acts(stack, 'end')
    await acts(stack, 'reopen')
    const before = stack.got().length
    await says(stack, '在吗')
    expect(stack.got()).toHaveLength(before)
    expect(await stack.changes()).toEqual([
      `3 ${LISI} asked-for-person`,
      `4 ${LISI} servicer-ended`,
      `3 ${LISI} servicer-reopened`,
    ])
  })

  it('a session that ended by itself after 48 h is the bot’s again', async () => {
    const stack = await startDeskStack()
    await says(stack, '转人工')
    stack.pass(49 * HOUR_MS)
    await says(stack, '在吗')
    expect(stack.got().at(-1)).toBe('答：在吗')
    expect(await stack.changes()).toContain('1 person-gone')
  })
})

describe('a crash', () => {
  it.each(['getState', 'listServicers', 'give', 'getCustomer'])(
    'before %s is repeated by whoever comes next',
    async (step) => {
      const died = Promise.withResolvers<void>()
      let isDying = true
      const stack = await startDeskStack({
        onCall: (name) => {
          if (name !== step || !isDying) return undefined
          isDying = false
          died.resolve()
          return new Promise<void>(() => undefined)
        },
      })
      stack.simulator.customerWrites({ ...stack.place, text: '转人工' })
      void stack.settle()
      await died.promise
      await stack.bury()
      await stack.sweep()
      expect(state(stack)).toMatchObject({ state: 3, servicerUserId: LISI })
      expect(stack.simulator.calls()['kf/service_state/trans']).toBe(1)
      expect(await stack.changes()).toEqual([`3 ${LISI} asked-for-person`])
      // Once the platform was told, the code for the message has died with the process.
      expect(stack.got()).toHaveLength(step === 'getCustomer' ? 0 : 1)
      await says(stack, '在吗')
      expect(stack.asked).toEqual([])
    },
  )

  it('after the platform was told, and before that was recorded, gives nobody a second customer', async () => {
    const stack = await startDeskStack()
    stack.simulator.addFault({ endpoint: 'kf/service_state/trans', action: { kind: 'cut-after' }, times: 1 })
    await says(stack, '转人工')
    for (let tries = 0; tries < 5; tries += 1) {
      stack.pass(60_000)
      await stack.sweep()
    }
    expect(stack.simulator.calls()['kf/service_state/trans']).toBe(1)
    expect(await stack.changes()).toEqual([`3 ${LISI} asked-for-person`])
    await says(stack, '在吗')
    expect(stack.asked).toEqual([])
  })

  it('after it was recorded, and before the conversation knows, changes nothing', async () => {
    const stack = await startDeskStack()
    await says(stack, '转人工')
    await stack.database.run(`update conversation set desk = 'bot', lease = ''`)
    const claim = (await stack.conversations.reload({ conv: stack.conv, lease: '' } as ConversationClaim)) ?? missing()
    const signal = stack.shutdown.signal
    expect(await stack.desk.handOver(claim, 'asked-for-person', signal)).toEqual({ kind: 'handed-over', state: 3 })
    expect(await stack.changes()).toEqual([`3 ${LISI} asked-for-person`])
    expect(stack.simulator.calls()['kf/service_state/trans']).toBe(1)
  })

  it('after it was recorded loses no word to the customer, and says it once', async () => {
    const stack = await startDeskStack()
    stack.simulator.addFault({ endpoint: 'kf/send_msg_on_event', action: { kind: 'cut-after' }, times: 1 })
    await says(stack, '转人工')
    for (let tries = 0; tries < 3; tries += 1) {
      stack.pass(10_000)
      await stack.sweep()
    }
    expect(stack.got()).toHaveLength(1)
    expect((await stack.parts()).filter(({ channel }) => channel === 'on_event')).toMatchObject([{ state: 'sent' }])
  })
})

it('the platform being away for a moment delays a hand-over and no more', async () => {
  const stack = await startDeskStack()
  stack.simulator.addFault({ endpoint: 'kf/service_state/get', action: { kind: 'cut-before' }, times: 2 })
  await says(stack, '转人工')
  for (let tries = 0; tries < 5; tries += 1) {
    stack.pass(5000)
    await stack.sweep()
  }
  expect(state(stack)).toMatchObject({ state: 3, servicerUserId: LISI })
  expect(stack.got(CUSTOMER)).toHaveLength(1)
})
