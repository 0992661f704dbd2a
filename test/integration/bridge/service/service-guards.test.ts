/** What keeps customers, people and money from harm: limits, words, menus, quotas, being forgotten. */
import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { createHealthStore } from '../../../../bridge/store/health-store.ts'
import { changeServiceState } from '../../../../bridge/wecom/endpoints/change-service-state.ts'
import { ACCOUNT, CUSTOMER, type DeskStack, SERVICERS, startDeskStack } from '../../../support/desk-stack.ts'

const says = async (stack: DeskStack, text: string, menuId?: string) => {
  stack.simulator.customerWrites({ ...stack.place, text, ...(menuId === undefined ? {} : { menuId }) })
  await stack.settle()
}
const putFile = async (stack: DeskStack, name: string, text: string) => {
  await writeFile(`${stack.folder}/${name}`, text)
  await stack.desk.files.look()
}
const MINUTE_MS = 60_000

describe('limits', () => {
  it('answer whoever is too fast once, then nothing, then again', async () => {
    const stack = await startDeskStack({ settings: { 'limits.perCustomerPerMinute': 3 } })
    for (const text of ['一', '二', '三', '四', '五', '六']) await says(stack, text)
    expect(stack.got()).toEqual(['答：一', '答：二', '答：三', '您的消息发得太快了，请稍等一会儿再试。'])
    stack.pass(61_000)
    await says(stack, '七')
    expect(stack.got().at(-1)).toBe('答：七')
  })

  it('answer the same words four times at most in ten minutes', async () => {
    const stack = await startDeskStack({ settings: { 'limits.repeats': 3 } })
    for (let times = 0; times < 5; times += 1) await says(stack, '在吗')
    expect(stack.got()).toEqual(['答：在吗', '答：在吗', expect.stringContaining('您刚刚问过')])
    stack.pass(11 * MINUTE_MS)
    await says(stack, '在吗')
    expect(stack.got().at(-1)).toBe('答：在吗')
  })

  it('do not put a long text to the model', async () => {
    const stack = await startDeskStack({ settings: { 'limits.maxChars': 50 } })
    await says(stack, '长'.repeat(51))
    expect(stack.got()).toEqual([expect.stringContaining('太长了')])
    expect(stack.asked).toEqual([])
  })

  it('hold for all of an account', async () => {
    const customers = ['a', 'b', 'c'].map((id) => ({ name: id, externalUserId: id }))
    const stack = await startDeskStack({ simulator: { customers }, settings: { 'limits.perAccountPerMinute': 2 } })
    for (const externalUserId of ['a', 'b', 'c']) {
      stack.simulator.customerWrites({ ...stack.place, externalUserId, text: '你好' })
      await stack.settle()
    }
    expect(stack.got('c')).toEqual([expect.stringContaining('咨询人数较多')])
  })

  it('say nothing to who is blocked', async () => {
    const stack = await startDeskStack({ settings: { 'limits.blocked': [CUSTOMER] } })
    await says(stack, '你好')
    expect([stack.got(), stack.asked]).toEqual([[], []])
    await stack.set('limits.blocked', [])
    await says(stack, '在吗')
    expect(stack.got()).toEqual(['答：在吗'])
  })

  it('do not welcome, warn or survey who is blocked', async () => {
    const stack = await startDeskStack({
      settings: { 'limits.blocked': [CUSTOMER], 'session.idleMinutes': 10, 'session.idleWarnMinutes': 2 },
    })
    stack.simulator.customerEnters(stack.place)
    await says(stack, '你好')
    for (let minutes = 0; minutes < 15; minutes += 1) {
      stack.pass(MINUTE_MS)
      await stack.desk.endIdle(stack.shutdown.signal)
      await stack.runWoken()
    }
    const give = { ...stack.place, state: 3 as const, servicerUserId: SERVICERS[0] }
    await stack.wecom.call(changeServiceState, give, stack.shutdown.signal)
    stack.simulator.servicerActs({ act: 'end', ...stack.place, servicerUserId: SERVICERS[0] })
    await stack.settle()
    expect([stack.got(), await stack.parts()]).toEqual([[], []])
  })

  it('let the knowledge base answer when the money of the day is spent, after a warning at 80 %', async () => {
    const stack = await startDeskStack({ costMicros: 250_000, settings: { 'limits.dailySpend': 1 } })
    for (const text of ['一', '二', '三', '四', '五']) {
      await says(stack, text)
      stack.pass(6000)
    }
    expect(stack.askedWhom).toEqual(['model', 'model', 'model', 'model', 'knowledge'])
    const told = stack.log.lines.map(({ name }) => name).filter((name) => name.startsWith('spend.'))
    expect(told).toEqual(['spend.limit-reached'])
    stack.pass(24 * 3_600_000)
    await says(stack, '明天')
    expect(stack.askedWhom.at(-1)).toBe('model')
  })

  it('warn before the money is spent', async () => {
    const stack = await startDeskStack({ costMicros: 300_000, settings: { 'limits.dailySpend': 1 } })
    for (const text of ['一', '二', '三', '四']) {
      await says(stack, text)
      stack.pass(6000)
    }
    const told = stack.log.lines.filter(({ name }) => name.startsWith('spend.'))
    expect(told).toMatchObject([{ name: 'spend.near-limit', level: 'warn', fields: { spent: 0.9, limit: 1 } }])
  })
})

describe('sensitive words', () => {
  it('of a customer are not put to the model', async () => {
    const stack = await startDeskStack({ settings: { 'words.list': ['赌博'] } })
    await says(stack, '哪里可以赌 博')
    expect(stack.got()).toEqual([expect.stringContaining('这个话题我无法回答')])
    expect(stack.asked).toEqual([])
  })

  it('of a customer can call a person', async () => {
    const stack = await startDeskStack({ settings: { 'words.list': ['起诉'], 'words.inbound': 'hand-over' } })
    await says(stack, '我要起诉你们')
    expect(await stack.changes()).toEqual([`3 ${SERVICERS[0]} sensitive`])
  })

  it.each([
    ['replace', ['这里是****。']],
    ['refuse', [expect.stringContaining('这个话题我无法回答')]],
    ['off', ['这里是赌博网站。']],
  ])('of an answer: %s', async (outbound, got) => {
    const stack = await startDeskStack({
      answer: async () => '这里是赌博网站。',
      settings: { 'words.outbound': outbound },
    })
    await putFile(stack, 'words.txt', '赌博\n赌博网站\n')
    await says(stack, '你好')
    expect(stack.got()).toEqual(got)
  })

  it('of an answer can call a person, and the file is read again', async () => {
    const stack = await startDeskStack({
      answer: async () => '这里是赌博网站。',
      settings: { 'words.outbound': 'hand-over' },
    })
    await says(stack, '你好')
    expect(stack.got()).toEqual(['这里是赌博网站。'])
    await putFile(stack, 'words.txt', '赌博')
    await says(stack, '再说一遍')
    expect(await stack.changes()).toEqual([`3 ${SERVICERS[0]} sensitive-answer`])
  })
})

describe('menus', () => {
  const FILE = JSON.stringify({
    menus: {
      main: {
        head: '请选择：',
        items: [
          { text: '退货', answer: '七天内可退。' },
          { text: '尺码', ask: '鞋子的尺码怎么选？' },
          { text: '更多', menu: 'more' },
          { text: '找人', handOver: true },
        ],
      },
      more: { head: '还有：', items: [{ text: '返回', menu: 'main' }] },
    },
    words: { 菜单: 'main' },
  })
  const withMenu = async () => {
    const stack = await startDeskStack()
    await putFile(stack, 'default.json', FILE)
    await says(stack, '菜单')
    const [shown] = stack.simulator.delivered()
    const { list } = (shown?.body ?? { list: [] }) as { list: { click?: { id: string; content: string } }[] }
    return {
      stack,
      tap: (text: string) => says(stack, text, list.find(({ click }) => click?.content === text)?.click?.id ?? ''),
    }
  }

  it('come up by a word, and a tap is answered without a model', async () => {
    const { stack, tap } = await withMenu()
    expect(stack.simulator.delivered()[0]).toMatchObject({ msgtype: 'msgmenu' })
    await tap('退货')
    expect(stack.got()[1]).toBe('七天内可退。')
    await tap('更多')
    expect(stack.got()[2]).toContain('还有：')
    expect(stack.asked).toEqual([])
  })

  it('put their own question to the model', async () => {
    const { stack, tap } = await withMenu()
    await tap('尺码')
    expect(stack.asked[0]?.turns.at(-1)?.text).toBe('鞋子的尺码怎么选？')
  })

  it('call a person', async () => {
    const { stack, tap } = await withMenu()
    await tap('找人')
    expect(await stack.changes()).toEqual([`3 ${SERVICERS[0]} menu`])
  })

  it('lead to the model when the item is gone, and change without a restart', async () => {
    const { stack, tap } = await withMenu()
    await putFile(stack, 'default.json', FILE.replace('七天内可退。', '十天内可退。'))
    await tap('退货')
    expect(stack.got()[1]).toBe('十天内可退。')
    await putFile(stack, 'default.json', '{"menus":{"x":{"items":[{"text":"甲","answer":"乙"}]}}}')
    await tap('退货')
    expect(stack.got()[2]).toContain('答：退货')
  })
})

describe('the allowance of five', () => {
  it('is counted with what goes out beside the answers, and nothing is sent that would be refused', async () => {
    const stack = await startDeskStack({
      answer: async () => '一|二|三',
      settings: { 'welcome.greetReturning': true, 'session.idleMinutes': 30 },
    })
    await says(stack, '你好')
    stack.simulator.customerEnters(stack.place)
    await stack.settle()
    stack.pass(26 * MINUTE_MS)
    await stack.desk.endIdle(stack.shutdown.signal)
    await stack.runWoken()
    expect(stack.got()).toHaveLength(5)
    stack.pass(24 * 3_600_000)
    stack.simulator.customerEnters(stack.place)
    await stack.settle()
    expect(stack.got()).toHaveLength(5)
    expect(stack.simulator.refused()).toEqual([])
  })

  it.each([
    [5, ['一', '二', '三']],
    [3, ['一', '二']],
    [2, ['一']],
    [1, ['一']],
  ])('with %i left is not spent to the last on one answer', async (left, got) => {
    const stack = await startDeskStack({ answer: async () => '一|二|三' })
    stack.simulator.customerWrites({ ...stack.place, text: '你好' })
    await stack.pull()
    await stack.database.run('update conversation set sent_since = ?1', 5 - left)
    await stack.runWoken()
    expect(stack.got()).toEqual(got)
  })

  it('is not wasted on who takes nothing: a person sees what did not arrive, and nothing follows until the customer writes', async () => {
    const stack = await startDeskStack()
    stack.simulator.customerBlocks({ ...stack.place, on: true })
    await says(stack, '你好')
    await stack.settle()
    expect(await stack.database.all('select stage, reason from parked')).toEqual([
      { stage: 'send', reason: 'fail_type 10' },
    ])
    stack.simulator.customerBlocks({ ...stack.place, on: false })
    await says(stack, '现在呢')
    expect(stack.got()).toEqual(['答：现在呢'])
  })

  it.each([
    [6, 5],
    [4, 1],
  ])('is full when the platform says so: fail_type %i', async (sendFailType, sentSince) => {
    const stack = await startDeskStack({ simulator: { switches: { sendFailChance: 1, sendFailType } } })
    await says(stack, '你好')
    await stack.settle()
    expect(await stack.database.all('select sent_since from conversation')).toEqual([{ sent_since: sentSince }])
  })

  it('tells of an account that is at fault as such', async () => {
    const stack = await startDeskStack({ simulator: { switches: { sendFailChance: 1, sendFailType: 8 } } })
    await says(stack, '你好')
    await stack.settle()
    expect(stack.log.lines).toContainEqual(expect.objectContaining({ name: 'send.account-at-fault', level: 'error' }))
    const { undelivered } = createHealthStore(stack.database)
    expect(await undelivered(stack.now() - MINUTE_MS)).toEqual([{ openKfId: ACCOUNT, failType: 8, count: 1 }])
    expect(await undelivered(stack.now() + MINUTE_MS)).toEqual([])
    await stack.database.run('update parked set closed_at = 1')
    expect(await undelivered(0)).toEqual([])
  })
})

describe('outside the hours', () => {
  it('the bot answers alone, or says once that people are away', async () => {
    const closed = { 'hours.holidays': [{ from: '2000-01-01', to: '2099-12-31' }] }
    const stack = await startDeskStack({ settings: closed })
    await says(stack, '一')
    await stack.set('hours.outside', 'answer-and-note')
    await says(stack, '二')
    await says(stack, '三')
    expect(stack.got()).toEqual(['答：一', '答：二', expect.stringContaining('非人工服务时间'), '答：三'])
    stack.pass(13 * 3_600_000)
    await says(stack, '四')
    expect(stack.got().at(-1)).toContain('非人工服务时间')
  })
})

describe('within the hours', () => {
  it('nothing is added to an answer', async () => {
    const stack = await startDeskStack({ settings: { 'hours.outside': 'answer-and-note' } })
    await says(stack, '一')
    expect(stack.got()).toEqual(['答：一'])
  })
})

describe('a customer who wants to be forgotten', () => {
  it('is, and is told so', async () => {
    const stack = await startDeskStack()
    await says(stack, '我叫王小雨，电话 13800000000')
    await says(stack, '删除我的数据。')
    expect(stack.got().at(-1)).toContain('已删除我们保存的')
    const rows = await stack.database.all('select raw, text, title from message')
    const parts = await stack.database.all('select payload from reply_part')
    expect(JSON.stringify([rows, parts])).not.toMatch(/王小雨|13800000000/)
    await says(stack, '你还记得我吗')
    expect(JSON.stringify(stack.asked.at(-1)?.turns)).not.toContain('王小雨')
    expect(stack.got().at(-1)).toBe('答：你还记得我吗')
  })

  it('is not, who only speaks of it', async () => {
    const stack = await startDeskStack()
    await says(stack, '怎么删除我的数据')
    expect(stack.got()).toEqual(['答：怎么删除我的数据'])
  })
})
