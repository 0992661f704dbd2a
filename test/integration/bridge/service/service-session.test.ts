/** How sessions end: by a person, by silence; and what customers think of them. The clocks of all are moved together. */
import { describe, expect, it } from 'vitest'
import { changeServiceState } from '../../../../bridge/wecom/endpoints/change-service-state.ts'
import { type DeskStack, SERVICERS, startDeskStack } from '../../../support/desk-stack.ts'

const MINUTE_MS = 60_000
const [LISI] = SERVICERS
const says = async (stack: DeskStack, text: string, menuId?: string) => {
  stack.simulator.customerWrites({ ...stack.place, text, ...(menuId === undefined ? {} : { menuId }) })
  await stack.settle()
}
const endsSession = async (stack: DeskStack) => {
  stack.simulator.servicerActs({ act: 'end', ...stack.place, servicerUserId: LISI })
  await stack.settle()
}
const surveyOf = (stack: DeskStack) => {
  const menu = stack.simulator.delivered().findLast(({ msgtype }) => msgtype === 'msgmenu')
  const { list } = (menu?.body ?? { list: [] }) as { list: { click: { id: string; content: string } }[] }
  return list.map(({ click }) => click)
}
const ratings = ({ database }: DeskStack) =>
  database.all<{ score: number; label: string; servicer: string }>('select score, label, servicer from rating')

describe('a survey', () => {
  const ended = async (settings = {}) => {
    const stack = await startDeskStack({ settings })
    await says(stack, '转人工')
    await endsSession(stack)
    return stack
  }

  it('is asked when a person ends the session, and its tap is recorded for that person and thanked for', async () => {
    const stack = await ended()
    const choices = surveyOf(stack)
    expect(choices.map(({ content }) => content)).toEqual(['满意', '一般', '不满意'])
    await says(stack, '满意', choices[0]?.id)
    expect(stack.got().at(-1)).toBe('感谢您的评价！')
    expect(await ratings(stack)).toEqual([{ score: 3, label: '满意', servicer: LISI }])
    expect(stack.asked).toEqual([])
  })

  it('counts once for each session', async () => {
    const stack = await ended()
    const choices = surveyOf(stack)
    await says(stack, '满意', choices[0]?.id)
    await says(stack, '不满意', choices[2]?.id)
    expect(await ratings(stack)).toMatchObject([{ score: 3 }])
    await says(stack, '转人工')
    await endsSession(stack)
    await says(stack, '不满意', surveyOf(stack)[2]?.id)
    expect(await ratings(stack)).toHaveLength(2)
  })

  it('does not swallow what is asked beside the tap', async () => {
    const stack = await ended()
    stack.simulator.customerWrites({ ...stack.place, text: '一般', menuId: surveyOf(stack)[1]?.id ?? '' })
    await says(stack, '发票怎么开')
    expect(await ratings(stack)).toMatchObject([{ score: 2 }])
    expect(stack.got().at(-1)).toBe('答：发票怎么开')
  })

  it('is not asked when its 20 seconds are over', async () => {
    const stack = await startDeskStack()
    await says(stack, '转人工')
    stack.simulator.servicerActs({ act: 'end', ...stack.place, servicerUserId: LISI })
    await stack.pull()
    stack.pass(21_000)
    await stack.runWoken()
    expect(surveyOf(stack)).toEqual([])
    expect((await stack.parts()).at(-1)).toMatchObject({ state: 'failed', err: 'expired' })
  })

  it('can be a farewell instead', async () => {
    const stack = await ended({ 'session.survey': false })
    expect(stack.got().at(-1)).toContain('本次人工服务已结束')
  })

  it('can have other choices', async () => {
    const options = [
      { label: '五星', score: 5 },
      { label: '一星', score: 1 },
    ]
    const stack = await ended({ 'session.surveyOptions': options, 'session.surveyText': '几星？' })
    await says(stack, '五星', surveyOf(stack)[0]?.id)
    expect(await ratings(stack)).toMatchObject([{ score: 5, label: '五星' }])
  })
})

describe('an idle session', () => {
  const idle = async () => {
    const stack = await startDeskStack({ settings: { 'session.idleMinutes': 30 } })
    await says(stack, '你好')
    return stack
  }
  const job = async (stack: DeskStack) => {
    await stack.desk.endIdle(stack.shutdown.signal)
    await stack.runWoken()
  }

  it('is warned, then ended with a survey, once', async () => {
    const stack = await idle()
    stack.pass(24 * MINUTE_MS)
    await job(stack)
    expect(stack.got()).toEqual(['答：你好'])
    stack.pass(2 * MINUTE_MS)
    await job(stack)
    await job(stack)
    expect(stack.got()[1]).toContain('请问还有其他问题吗')
    expect(stack.got()).toHaveLength(2)
    stack.pass(6 * MINUTE_MS)
    await job(stack)
    await job(stack)
    expect(stack.got()).toHaveLength(3)
    expect(surveyOf(stack)).toHaveLength(3)
    expect(stack.simulator.conversation(stack.place)).toMatchObject({ state: 4 })
    expect(await stack.changes()).toEqual(['4 idle'])
    await says(stack, '在吗')
    expect(stack.got().at(-1)).toBe('答：在吗')
  })

  it('is not ended when the customer writes after the warning', async () => {
    const stack = await idle()
    stack.pass(26 * MINUTE_MS)
    await job(stack)
    stack.pass(2000)
    await says(stack, '还在')
    stack.pass(6 * MINUTE_MS)
    await job(stack)
    expect(await stack.changes()).toEqual([])
    stack.pass(20 * MINUTE_MS)
    await job(stack)
    expect(stack.got().filter((text) => text.includes('请问还有其他问题吗'))).toHaveLength(2)
  })

  it('of a person is left to them', async () => {
    const stack = await idle()
    await says(stack, '转人工')
    stack.pass(40 * MINUTE_MS)
    await job(stack)
    expect(stack.simulator.conversation(stack.place)).toMatchObject({ state: 3 })
  })

  it('that the platform has given to a person, unknown to us, is left to them', async () => {
    const stack = await idle()
    stack.pass(26 * MINUTE_MS)
    await job(stack)
    const given = { ...stack.place, state: 3 as const, servicerUserId: LISI }
    await stack.wecom.call(changeServiceState, given, stack.shutdown.signal)
    stack.pass(6 * MINUTE_MS)
    await job(stack)
    expect(stack.simulator.conversation(stack.place)).toMatchObject({ state: 3 })
    expect(await stack.changes()).toEqual([])
  })

  it('is left alone by default', async () => {
    const stack = await startDeskStack()
    await says(stack, '你好')
    stack.pass(10 * 60 * MINUTE_MS)
    await job(stack)
    expect(stack.got()).toHaveLength(1)
  })
})
