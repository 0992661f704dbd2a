/** What a customer is told when they come in, against the simulated platform. */
import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { ACCOUNT, CUSTOMER, OTHER_ACCOUNT, startDeskStack } from '../../../support/desk-stack.ts'

const MENU = {
  menus: {
    main: {
      head: '请选择：',
      items: [
        { text: '退货', answer: '七天内可退。' },
        { text: '人工', handOver: true },
      ],
    },
  },
}

describe('a welcome', () => {
  it('needs no configuration, and knows the name of the customer', async () => {
    const stack = await startDeskStack()
    stack.simulator.customerEnters(stack.place)
    await stack.settle()
    expect(stack.got()).toEqual([expect.stringMatching(/^小雨您好，欢迎咨询！/)])
    expect(await stack.parts()).toMatchObject([{ channel: 'on_event', state: 'sent' }])
  })

  it('goes by account, scene and parameter; the first that fits', async () => {
    const stack = await startDeskStack({
      simulator: {
        customers: ['a', 'b', 'c', 'd', 'e'].map((id) => ({ name: id, externalUserId: id })),
      },
      settings: {
        'welcome.text': '大家好',
        'welcome.scenes': [
          { scene: 'product', sceneParam: 'cup-1', text: '{nickname}，您在看 1 号杯子。' },
          { scene: 'product', text: '您在看我们的商品。' },
        ],
      },
    })
    await stack.set('welcome.text', '售后您好', OTHER_ACCOUNT)
    const enter = (externalUserId: string, over: object) =>
      stack.simulator.customerEnters({ openKfId: ACCOUNT, externalUserId, ...over })
    enter('a', { scene: 'product', sceneParam: 'cup-1' })
    enter('b', { scene: 'product', sceneParam: 'cup-2' })
    enter('c', { scene: 'poster' })
    enter('d', {})
    enter('e', { openKfId: OTHER_ACCOUNT })
    await stack.settle()
    expect(['a', 'b', 'c', 'd', 'e'].map((id) => stack.got(id))).toEqual([
      ['a，您在看 1 号杯子。'],
      ['您在看我们的商品。'],
      ['大家好'],
      ['大家好'],
      ['售后您好'],
    ])
  })

  it('is known to whoever answers what follows, once it was sent', async () => {
    const stack = await startDeskStack({
      settings: { 'welcome.scenes': [{ scene: 'product', text: '{nickname}，您在看 1 号杯子。' }] },
    })
    stack.simulator.customerEnters({ ...stack.place, scene: 'product' })
    await stack.settle()
    stack.simulator.customerWrites({ ...stack.place, text: '有货吗' })
    await stack.settle()
    stack.simulator.customerWrites({ ...stack.place, text: '多少钱' })
    await stack.settle()
    const told = stack.asked.map(({ turns }) => turns.map(({ role, text }) => `${role} ${text}`))
    const first = ['assistant 小雨，您在看 1 号杯子。', 'customer 有货吗']
    expect(told).toEqual([first, [...first, 'assistant 答：有货吗', 'customer 多少钱']])
    // It answers nothing, so no person is told that it does; what they are told is not the model's to say.
    await stack.database.run(`delete from reply`)
    stack.simulator.customerWrites({ ...stack.place, text: '转人工' })
    await stack.settle()
    expect(stack.got().at(-1)).toContain('咨询：有货吗')
    expect(stack.got().at(-1)).not.toContain('已答复')
  })

  it('that was not sent is not known to anybody', async () => {
    const stack = await startDeskStack()
    stack.simulator.customerEnters(stack.place)
    stack.pass(30_000)
    await stack.settle()
    stack.simulator.customerWrites({ ...stack.place, text: '有货吗' })
    await stack.settle()
    expect(stack.asked[0]?.turns).toHaveLength(1)
  })

  it('goes as its text alone when its menu is not there', async () => {
    const stack = await startDeskStack({ settings: { 'welcome.menu': 'main', 'welcome.text': '{nickname}您好' } })
    stack.simulator.customerEnters(stack.place)
    await stack.settle()
    expect(stack.got()).toEqual(['小雨您好'])
  })

  it('can be a menu, with its words at the head', async () => {
    const stack = await startDeskStack({
      settings: { 'welcome.scenes': [{ scene: 'poster', menu: 'main', text: '{nickname}，选一个：' }] },
    })
    await writeFile(`${stack.folder}/default.json`, JSON.stringify(MENU))
    await stack.desk.files.look()
    stack.simulator.customerEnters({ ...stack.place, scene: 'poster' })
    await stack.settle()
    expect(stack.simulator.delivered()[0]).toMatchObject({ msgtype: 'msgmenu' })
    expect(stack.got()[0]).toContain('小雨，选一个：')
  })

  it('is sent without the name when that takes more than a second', async () => {
    const stack = await startDeskStack()
    stack.simulator.addFault({ endpoint: 'kf/customer/batchget', action: { kind: 'delay', ms: 3000 } })
    stack.simulator.customerEnters(stack.place)
    const startedAt = Date.now()
    await stack.settle()
    expect(Date.now() - startedAt).toBeLessThan(2500)
    expect(stack.got()).toEqual([expect.stringMatching(/^您好，欢迎咨询！/)])
  })

  it('goes out once, also when the bridge dies after the platform has taken it', async () => {
    const stack = await startDeskStack()
    stack.simulator.customerEnters(stack.place)
    // The platform takes it, and the answer is lost on the way.
    stack.simulator.addFault({ endpoint: 'kf/send_msg_on_event', action: { kind: 'cut-after' }, times: 1 })
    await stack.settle()
    await stack.sweep()
    expect(stack.got()).toHaveLength(1)
    expect(await stack.parts()).toMatchObject([{ state: 'sent' }])
  })

  it('waits for no answer that is being written', async () => {
    const answer = Promise.withResolvers<string>()
    const customers = ['a', 'b'].map((id) => ({ name: id, externalUserId: id }))
    const stack = await startDeskStack({ simulator: { customers }, answer: () => answer.promise })
    stack.simulator.customerWrites({ openKfId: ACCOUNT, externalUserId: 'a', text: '你好' })
    const answering = stack.settle()
    await expect.poll(() => stack.asked.length).toBe(1)
    stack.simulator.customerEnters({ openKfId: ACCOUNT, externalUserId: 'b' })
    await stack.pull()
    await stack.runWoken()
    expect([stack.got('a'), stack.got('b').length]).toEqual([[], 1])
    answer.resolve('好')
    await answering
    expect(stack.got('a')).toEqual(['好'])
  })

  it('is found by the sweeper when nobody was woken, and a page that comes twice makes no second', async () => {
    const stack = await startDeskStack()
    stack.simulator.customerEnters(stack.place)
    await stack.pull()
    expect(stack.got()).toEqual([])
    await stack.database.run(`update sync_state set cursor = ''`)
    await stack.pull()
    await stack.sweep()
    expect(stack.got()).toHaveLength(1)
  })

  it('that comes too late is recorded and never sent', async () => {
    const stack = await startDeskStack()
    stack.simulator.customerEnters(stack.place)
    await stack.pull()
    stack.pass(21_000)
    await stack.runWoken()
    expect(stack.got()).toEqual([])
    expect(await stack.parts()).toMatchObject([{ state: 'failed', err: 'expired' }])
    expect(stack.simulator.calls()['kf/send_msg_on_event'] ?? 0).toBe(0)
  })

  it('is not tried again when the platform refuses its code', async () => {
    const stack = await startDeskStack({ simulator: { switches: { welcomeAfterChat: 'refused' } } })
    stack.simulator.customerEnters(stack.place)
    stack.pass(1000)
    stack.simulator.customerWrites({ ...stack.place, text: '在吗' })
    await stack.settle()
    expect((await stack.parts())[0]).toMatchObject({ state: 'failed', err: 'wecom.refused 41051' })
    expect(stack.simulator.calls()['kf/send_msg_on_event']).toBe(1)
  })

  it('is tried again while there is time when the platform does not answer', async () => {
    const stack = await startDeskStack()
    stack.simulator.addFault({ endpoint: 'kf/send_msg_on_event', action: { kind: 'errcode', errcode: -1 }, times: 2 })
    stack.simulator.customerEnters(stack.place)
    await stack.settle()
    expect(stack.got()).toHaveLength(1)
  })

  it('does not wait for a rate limit that outlives it', async () => {
    const stack = await startDeskStack()
    stack.simulator.addFault({ endpoint: 'kf/send_msg_on_event', action: { kind: 'errcode', errcode: 45009 } })
    stack.simulator.customerEnters(stack.place)
    await stack.settle()
    expect(await stack.parts()).toMatchObject([{ state: 'failed', err: 'wecom.refused 45009' }])
  })

  it('is not sent where it is switched off', async () => {
    const stack = await startDeskStack({ settings: { 'welcome.enabled': false } })
    stack.simulator.customerEnters(stack.place)
    await stack.settle()
    expect(await stack.parts()).toEqual([])
  })
})

describe('who returns', () => {
  const returning = async (settings: Record<string, unknown>) => {
    const stack = await startDeskStack({ settings })
    stack.simulator.customerWrites({ ...stack.place, text: '你好' })
    await stack.pull()
    // Answered, as far as this test goes.
    await stack.database.run('update conversation set answered = dirty')
    stack.pass(60_000)
    return stack
  }
  const greetings = async (stack: Awaited<ReturnType<typeof returning>>) =>
    (await stack.parts()).filter(({ channel }) => channel === 'notice')

  it('is greeted at most once a day, at the cost of one message', async () => {
    const stack = await returning({ 'welcome.greetReturning': true })
    for (let times = 0; times < 3; times += 1) {
      stack.simulator.customerEnters(stack.place)
      await stack.settle()
    }
    expect(stack.got()).toEqual(['小雨您好，欢迎回来！请问有什么可以帮您？'])
    expect(await stack.database.all('select sent_since from conversation')).toEqual([{ sent_since: 1 }])
    stack.pass(25 * 3_600_000)
    stack.simulator.customerEnters(stack.place)
    await stack.settle()
    expect(stack.got()).toHaveLength(2)
  })

  it.each([
    ['by default', {}, undefined],
    ['when no message is left', { 'welcome.greetReturning': true }, 'update conversation set sent_since = 5'],
    ['when a person has them', { 'welcome.greetReturning': true }, `update conversation set desk = 'person'`],
    ['while they wait for an answer', { 'welcome.greetReturning': true }, 'update conversation set answered = 0'],
  ])('is not greeted %s', async (_what, settings, change) => {
    const stack = await returning(settings)
    if (change !== undefined) await stack.database.run(change)
    stack.simulator.customerEnters(stack.place)
    await stack.settle()
    expect(await greetings(stack)).toEqual([])
  })

  it('is not greeted when the window of 48 h is closed', async () => {
    const stack = await returning({ 'welcome.greetReturning': true })
    const enters = async () => {
      stack.simulator.customerEnters({ ...stack.place, externalUserId: CUSTOMER })
      await stack.settle()
    }
    stack.pass(49 * 3_600_000)
    await enters()
    expect(stack.got()).toHaveLength(1)
    // Welcomed a day ago, so there is no code; silent for three days, so nothing else may be sent.
    stack.pass(25 * 3_600_000)
    await enters()
    expect(await greetings(stack)).toEqual([])
  })
})
