import { describe, expect, it } from 'vitest'
import { AppError } from '../../../../shared/app-error.ts'
import { CONV, createPipeline, customerText, pagesOf, platformEvent } from '../../../support/pipeline.ts'

const refusal = (errcode: number, action: string) =>
  new AppError('wecom.refused', 'refused', { retryable: false, details: { errcode, action } })
const unreachable = () => new AppError('wecom.unreachable', 'cut', { retryable: true })
const unavailable = (details = {}) => new AppError('answer.unavailable', 'busy', { retryable: true, details })

/** Fails with each of these in turn, then succeeds. */
function failing(...errors: (AppError | undefined)[]): () => Promise<void> {
  return async () => {
    const error = errors.shift()
    if (error !== undefined) throw error
  }
}

describe('createReplyStage', () => {
  it('answers a burst once, with all of it before the model', async () => {
    const pipeline = await createPipeline({ sync: pagesOf([customerText('a'), customerText('b'), customerText('c')]) })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.asked.map((question) => question.turns.map((turn) => turn.text))).toEqual([['a', 'b', 'c']])
    expect(pipeline.texts()).toEqual(['answer 1'])
  })

  it('leaves out nothing that waits, however much it is', async () => {
    const texts = Array.from({ length: 150 }, (_, index) => `t${index}`)
    const pipeline = await createPipeline({ sync: pagesOf(texts.map((text) => customerText(text))) })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.asked.map((question) => question.turns.map((turn) => turn.text))).toEqual([texts])
  })

  it('answers once when its pointer comes twice, at once or later', async () => {
    const pipeline = await createPipeline({ sync: pagesOf([customerText('a')]) })
    await pipeline.pull()
    await Promise.all([pipeline.handlers.reply(CONV), pipeline.handlers.reply(CONV)])
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual(['answer 1'])
  })

  it('comes again when it came a moment too early, and is not lost until the sweeper looks', async () => {
    const pipeline = await createPipeline({ sync: pagesOf([customerText('a')]), burstQuietMs: 90 })
    await pipeline.pull()
    pipeline.woken.splice(0)
    await pipeline.handlers.reply(CONV)
    expect(pipeline.asked).toEqual([])
    const [row] = await pipeline.database.all<{ due: number }>('select due from conversation')
    expect(pipeline.woken).toEqual([{ stage: 'reply', key: CONV, at: row?.due }])
    await pipeline.passTime()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual(['answer 1'])
  })

  it('is not taken long before it is due', async () => {
    const pipeline = await createPipeline({ sync: pagesOf([customerText('a')]), burstQuietMs: 3000 })
    await pipeline.pull()
    expect(await pipeline.conversations.claim(CONV, 'l', 1000)).toBeUndefined()
  })

  it('answers all of a burst that is longer than its memory', async () => {
    const pipeline = await createPipeline({
      sync: pagesOf(Array.from({ length: 150 }, (_, index) => customerText(`t${index}`))),
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.asked[0]?.turns).toHaveLength(150)
  })

  it('answers a message however many events follow it', async () => {
    const entered = () => platformEvent({ event_type: 'enter_session' })
    const pipeline = await createPipeline({
      sync: pagesOf([customerText('a'), ...Array.from({ length: 80 }, entered)]),
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual(['answer 1'])
  })

  it.each([
    { what: 'busy', error: () => unavailable({ retryAfterMs: 20_000 }) },
    { what: 'out of money', error: () => new AppError('answer.account', 'pay', { retryable: false }) },
  ])('asks a model that is $what no sooner because the customer writes on', async ({ error }) => {
    const pages = [[customerText('a')], [customerText('b')]]
    const fail = failing(error())
    const pipeline = await createPipeline({
      sync: async ({ cursor }) => ({
        messages: pages[Number(cursor || 0)] ?? [],
        nextCursor: String(Number(cursor || 0) + 1),
        hasMore: false,
      }),
      async answer() {
        await fail()
        return 'at last'
      },
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.asked).toHaveLength(1)
    await pipeline.passTime()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.asked.at(-1)?.turns.map(({ text }) => text)).toEqual(['a', 'b'])
    expect(pipeline.texts()).toEqual(['at last'])
  })

  it('says in one part what has no place for more', async () => {
    const pipeline = await createPipeline({ sync: pagesOf([customerText('a')]), answer: async () => 'one|two|three' })
    await pipeline.pull()
    await pipeline.database.run('update conversation set sent_since = 4')
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual(['one'])
    expect(await pipeline.database.all('select state from reply_part')).toEqual([{ state: 'sent' }])
  })

  it('asks again when there is nothing to show of what the model said', async () => {
    const said = ['|', 'at last']
    const pipeline = await createPipeline({
      sync: pagesOf([customerText('a')]),
      answer: async () => said.shift() ?? '',
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(await pipeline.database.all('select id from reply')).toEqual([])
    await pipeline.passTime()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual(['at last'])
  })

  it('asks another model when the first has failed twice, and waits no longer', async () => {
    const pipeline = await createPipeline({
      sync: pagesOf([customerText('a')]),
      answer: async () => {
        throw unavailable()
      },
      fallback: async () => 'from the other',
    })
    await pipeline.pull()
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await pipeline.passTime()
      await pipeline.handlers.reply(CONV)
    }
    expect(pipeline.texts()).toEqual(['from the other'])
    expect(await pipeline.parked.countOpen()).toBe(0)
  })

  it('remembers what was said before', async () => {
    const pages = [[customerText('a')], [customerText('b')]]
    const pipeline = await createPipeline({
      sync: async ({ cursor }) => ({
        messages: pages[Number(cursor || 0)] ?? [],
        nextCursor: String(Number(cursor || 0) + 1),
        hasMore: false,
      }),
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.asked[1]?.turns).toMatchObject([
      { role: 'customer', text: 'a' },
      { role: 'assistant', text: 'answer 1' },
      { role: 'customer', text: 'b' },
    ])
  })

  it('throws away a draft when the customer writes on, twice at most', async () => {
    let written = 1
    const pipeline = await createPipeline({
      sync: async ({ cursor }) => ({
        messages: Array.from({ length: written - Number(cursor || 0) }, (_, index) =>
          customerText(`t${Number(cursor || 0) + index + 1}`),
        ),
        nextCursor: String(written),
        hasMore: false,
      }),
      async answer({ turns }) {
        if (written < 6) {
          written += 1
          await pipeline.pull()
        }
        return turns.map((turn) => turn.text).join(' ')
      },
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    // Two drafts are dropped; the third stands though more came, and what came is answered after it.
    expect(pipeline.texts()[0]).toBe('t1 t2 t3')
    expect(pipeline.texts().at(-1)).toContain('t6')
    const last = await pipeline.database.all<{ dirty: number; answered: number }>(
      'select dirty, answered from conversation',
    )
    expect(last).toEqual([{ dirty: 6, answered: 6 }])
  })

  it('leaves a message out that was recalled while the model was writing', async () => {
    const first = customerText('secret')
    const pages = [[first], [platformEvent({ event_type: 'user_recall_msg', recall_msgid: first.msgid })]]
    const pipeline = await createPipeline({
      sync: async ({ cursor }) => ({
        messages: pages[Number(cursor || 0)] ?? [],
        nextCursor: String(Number(cursor || 0) + 1),
        hasMore: false,
      }),
      async answer() {
        await pipeline.pull()
        return 'about the secret'
      },
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual([])
  })

  it('builds on nothing that a person of the company has taken back', async () => {
    const wrong = customerText('可以全额退款', { origin: 5 })
    const taken = platformEvent({ event_type: 'servicer_recall_msg', recall_msgid: wrong.msgid, servicer_userid: 'a' })
    const pipeline = await createPipeline({
      sync: pagesOf([customerText('在吗'), wrong, taken, customerText('能退多少')]),
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.asked.map(({ turns }) => turns.map(({ text }) => text))).toEqual([['在吗', '能退多少']])
  })

  it('does not answer old words again because new ones were recalled', async () => {
    const second = customerText('b')
    const recall = platformEvent({ event_type: 'user_recall_msg', recall_msgid: second.msgid })
    const pages = [[customerText('a')], [second, recall]]
    const pipeline = await createPipeline({
      sync: async ({ cursor }) => ({
        messages: pages[Number(cursor || 0)] ?? [],
        nextCursor: String(Number(cursor || 0) + 1),
        hasMore: false,
      }),
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual(['answer 1'])
  })

  it('tells the customer and parks the message when the model stays away until the deadline', async () => {
    const pipeline = await createPipeline({
      sync: pagesOf([customerText('a')]),
      giveUpAfterMs: 0,
      answer: async () => {
        throw unavailable()
      },
    })
    await pipeline.pull()
    for (let attempt = 0; attempt < 4; attempt += 1) {
      await pipeline.handlers.reply(CONV)
      await pipeline.passTime()
    }
    expect(pipeline.texts()[0]).toContain('抱歉')
    expect(await pipeline.parked.list(10)).toMatchObject([{ stage: 'reply', reason: 'answer.unavailable', conv: CONV }])
  })

  it('tries a failing model again, as long as the vendor says, and answers then', async () => {
    const fail = failing(unavailable({ retryAfterMs: 20_000 }))
    const pipeline = await createPipeline({
      sync: pagesOf([customerText('a')]),
      answer: async () => {
        await fail()
        return 'at last'
      },
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual([])
    expect((pipeline.woken.at(-1)?.at ?? 0) - Date.now()).toBeGreaterThan(15_000)
    await pipeline.passTime()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual(['at last'])
  })

  it('gives up when the customer has waited long enough, however often the model was asked before', async () => {
    const pipeline = await createPipeline({
      sync: pagesOf([customerText('a')]),
      answer: async () => {
        throw unavailable()
      },
    })
    await pipeline.pull()
    for (let attempt = 1; attempt <= 12; attempt += 1) {
      expect(await pipeline.handlers.reply(CONV)).toBe('ack')
      await pipeline.passTime()
    }
    expect(pipeline.texts()).toEqual([])
    expect(await pipeline.parked.countOpen()).toBe(0)
    await pipeline.database.run('update conversation set first_due = first_due - 5 * 60000')
    expect(await pipeline.handlers.reply(CONV)).toBe('dead-letter')
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()[0]).toContain('抱歉')
    expect(await pipeline.parked.list(10)).toMatchObject([{ stage: 'reply', reason: 'answer.unavailable' }])
  })

  it('does not burn attempts when the account at the vendor is the trouble', async () => {
    const pipeline = await createPipeline({
      sync: pagesOf([customerText('a')]),
      answer: async () => {
        throw new AppError('answer.account', 'no balance', { retryable: false })
      },
    })
    await pipeline.pull()
    for (let attempt = 0; attempt < 12; attempt += 1) {
      await pipeline.handlers.reply(CONV)
      await pipeline.passTime()
    }
    expect(pipeline.asked).toHaveLength(12)
    expect(await pipeline.parked.countOpen()).toBe(0)
    expect(await pipeline.database.all('select attempts from conversation')).toEqual([{ attempts: 0 }])
  })

  it('says so at once when the vendor refuses the words', async () => {
    const pipeline = await createPipeline({
      sync: pagesOf([customerText('a')]),
      answer: async () => {
        throw new AppError('answer.sensitive', 'filtered', { retryable: false })
      },
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual([expect.stringContaining('无法回答')])
  })

  it('carries words that a filter refused to no other model', async () => {
    const asked: string[] = []
    const pipeline = await createPipeline({
      sync: pagesOf([customerText('a')]),
      answer: async () => {
        throw new AppError('answer.sensitive', 'filtered', { retryable: false })
      },
      fallback: async () => {
        asked.push('the other one')
        return 'from the other one'
      },
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    await pipeline.handlers.reply(CONV)
    expect(asked).toEqual([])
    expect(pipeline.texts()).toEqual([expect.stringContaining('无法回答')])
  })

  it('lets another model answer when the first one fails to the end, and says sorry only when both do', async () => {
    let isFallbackUp = true
    const pages = [[customerText('a')], [customerText('b')]]
    const pipeline = await createPipeline({
      sync: async ({ cursor }) => ({
        messages: pages[Number(cursor || 0)] ?? [],
        nextCursor: String(Number(cursor || 0) + 1),
        hasMore: false,
      }),
      answer: async () => {
        throw new AppError('answer.refused', 'no', { retryable: false })
      },
      fallback: async () => {
        if (!isFallbackUp) throw unavailable()
        return 'from the other one'
      },
    })
    await pipeline.pull()
    expect(await pipeline.handlers.reply(CONV)).toBe('ack')
    expect(pipeline.texts()).toEqual(['from the other one'])
    isFallbackUp = false
    await pipeline.pull()
    expect(await pipeline.handlers.reply(CONV)).toBe('dead-letter')
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()[1]).toContain('抱歉')
    expect(await pipeline.parked.list(10)).toMatchObject([{ stage: 'reply', reason: 'answer.refused' }])
  })

  it('records for a person what the model has no answer to', async () => {
    const pipeline = await createPipeline({
      sync: pagesOf([customerText('a')]),
      answer: async () => ({ verdict: 'no_answer' as const, text: 'NO_ANSWER' }),
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual([expect.stringContaining('人工')])
    expect(await pipeline.parked.list(1)).toMatchObject([{ stage: 'needs_person', reason: 'no_answer' }])
  })

  it('gives its lease back when the bridge shuts down amid a model call', async () => {
    const pipeline = await createPipeline({
      sync: pagesOf([customerText('a')]),
      async answer(_question, signal) {
        pipeline.shutdown.abort()
        signal.throwIfAborted()
        return 'never'
      },
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual([])
    expect(await pipeline.conversations.claim(CONV, 'next', 60_000)).toMatchObject({ attempts: 0 })
  })

  it('stays silent while a person has the conversation, and answers again when the platform says they are gone', async () => {
    const pages = [
      [customerText('a')],
      [platformEvent({ event_type: 'session_status_change', change_type: 1 }), customerText('b')],
      [customerText('c')],
    ]
    let state = 3
    const pipeline = await createPipeline({
      sync: async ({ cursor }) => ({
        messages: pages[Number(cursor || 0)] ?? [],
        nextCursor: String(Number(cursor || 0) + 1),
        hasMore: false,
      }),
      serviceState: async () => state,
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual(['answer 1'])
    state = 1
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual(['answer 1', 'answer 2'])
    expect(pipeline.asked[1]?.turns.map((turn) => turn.text)).toEqual(['a', 'answer 1', 'b', 'c'])
  })

  it('does not send a customer away at the first hitch after a long outage of its own', async () => {
    const fail = failing(unavailable())
    const pipeline = await createPipeline({
      sync: pagesOf([customerText('a')]),
      async answer() {
        await fail()
        return 'at last'
      },
    })
    await pipeline.pull()
    await pipeline.database.run('update conversation set first_due = first_due - 3600000')
    await pipeline.handlers.reply(CONV)
    await pipeline.passTime()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual(['at last'])
  })

  it('waits for what nobody has begun to read, however late it is after an outage', async () => {
    const file = customerText('', { type: 'file' })
    const pipeline = await createPipeline({
      sync: pagesOf([customerText('what is this?'), file]),
      parseWaitMs: 60_000,
      read: async () => ({ text: 'an invoice', title: '' }),
    })
    await pipeline.pull()
    await pipeline.database.run('update conversation set first_due = first_due - 120000')
    await pipeline.handlers.reply(CONV)
    expect(pipeline.asked).toEqual([])
    expect(pipeline.woken).toContainEqual(expect.objectContaining({ stage: 'parse', key: file.msgid }))
    await pipeline.handlers.parse(file.msgid)
    await pipeline.handlers.reply(CONV)
    expect(pipeline.asked.map(({ turns }) => turns.map(({ text }) => text))).toEqual([['what is this?', 'an invoice']])
  })

  it('sends what is left to send, and goes on waiting for a document that is being read', async () => {
    const file = customerText('', { type: 'file' })
    const pages = [[customerText('a')], [file]]
    let arrived: (content: { text: string; title: string }) => void = () => undefined
    const pipeline = await createPipeline({
      sync: async ({ cursor }) => ({
        messages: pages[Number(cursor || 0)] ?? [],
        nextCursor: String(Number(cursor || 0) + 1),
        hasMore: false,
      }),
      send: failing(unreachable()),
      read: () => new Promise((resolve) => (arrived = resolve)),
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    await pipeline.pull()
    const reading = pipeline.handlers.parse(file.msgid)
    await pipeline.database.run('update reply_part set due = 0')
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual(['answer 1'])
    expect(pipeline.asked).toHaveLength(1)
    arrived({ text: 'an invoice', title: '' })
    await reading
    await pipeline.handlers.reply(CONV)
    expect(pipeline.asked[1]?.turns.at(-1)?.text).toBe('an invoice')
  })

  it('answers without a document that takes too long, and follows up on it', async () => {
    const file = customerText('', { type: 'file' })
    let arrived: (content: { text: string; title: string }) => void = () => undefined
    const pipeline = await createPipeline({
      sync: pagesOf([customerText('what is this?'), file]),
      parseWaitMs: 0,
      read: () => new Promise((resolve) => (arrived = resolve)),
    })
    await pipeline.pull()
    const reading = pipeline.handlers.parse(file.msgid)
    await pipeline.handlers.reply(CONV)
    expect(pipeline.asked[0]?.turns.at(-1)?.text).toContain('读取中')
    arrived({ text: 'an invoice', title: '' })
    await reading
    await pipeline.handlers.reply(CONV)
    expect(pipeline.asked[1]?.turns.at(-1)?.text).toBe('an invoice')
    expect(pipeline.texts()).toEqual(['answer 1', 'answer 2'])
  })
})

describe('createPartSender', () => {
  const answered = (errors: (AppError | undefined)[], over: Parameters<typeof createPipeline>[0] = {}) =>
    createPipeline({
      sync: pagesOf([customerText('a')]),
      answer: async () => 'one|two',
      send: failing(...errors),
      ...over,
    })

  it('sends the same msgid again when nobody knows whether the first was taken, and in order', async () => {
    const tried: string[] = []
    const fail = failing(unreachable())
    const pipeline = await answered([], {
      async send({ msgid }) {
        tried.push(msgid)
        await fail()
      },
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual([])
    await pipeline.passTime()
    await pipeline.handlers.reply(CONV)
    expect(tried[0]).toBe(tried[1])
    expect(pipeline.texts()).toEqual(['one', 'two'])
  })

  it('takes 95033 after a doubt for "sent"', async () => {
    const pipeline = await answered([unreachable(), refusal(95033, 'accepted-before')])
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    await pipeline.passTime()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual(['two'])
    expect(await pipeline.parked.countOpen()).toBe(0)
  })

  it('sends under a new msgid when 95033 comes without a doubt: a refusal has burnt the old one', async () => {
    const tried: string[] = []
    const fail = failing(refusal(-1, 'retry'), refusal(95033, 'accepted-before'))
    const pipeline = await answered([], {
      async send({ msgid }) {
        tried.push(msgid)
        await fail()
      },
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    await pipeline.passTime()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual(['one', 'two'])
    expect(tried[1]).toBe(tried[0])
    expect(tried[2]).not.toBe(tried[0])
  })

  it('keeps a doubt through a refusal that says nothing about it', async () => {
    const pipeline = await answered([unreachable(), refusal(-1, 'retry'), refusal(95033, 'accepted-before')])
    await pipeline.pull()
    for (let attempt = 0; attempt < 4; attempt += 1) {
      await pipeline.handlers.reply(CONV)
      await pipeline.passTime()
    }
    expect(pipeline.texts()).toEqual(['two'])
  })

  it('falls silent when the platform says that a person has the conversation', async () => {
    const pipeline = await answered([refusal(95018, 'read-state')], { serviceState: async () => 3 })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    await pipeline.passTime()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual([])
    expect(await pipeline.conversations.claim(CONV, 'l', 1)).toBeUndefined()
  })

  it('gives an answer up, visibly, when the session has ended', async () => {
    const pipeline = await answered([refusal(95013, 'read-state')], { serviceState: async () => 4 })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual([])
    expect(await pipeline.parked.list(10)).toMatchObject([{ stage: 'send', reason: 'wecom.refused 95013' }])
  })

  it('holds what is over the quota and tells the model that it was not delivered', async () => {
    const pages = [[customerText('a')], [customerText('b')]]
    const pipeline = await answered([undefined, refusal(95001, 'hand-over')], {
      sync: async ({ cursor }) => ({
        messages: pages[Number(cursor || 0)] ?? [],
        nextCursor: String(Number(cursor || 0) + 1),
        hasMore: false,
      }),
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual(['one'])
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(await pipeline.parked.countOpen()).toBe(0)
    expect(pipeline.asked[1]?.turns[1]?.text).toContain('没有送达')
    expect(pipeline.texts()).toEqual(['one', 'one', 'two'])
  })

  it('loses nothing while the platform is away, however long', async () => {
    const pipeline = await answered(Array.from({ length: 20 }, unreachable))
    await pipeline.pull()
    for (let attempt = 0; attempt < 21; attempt += 1) {
      await pipeline.handlers.reply(CONV)
      await pipeline.passTime()
    }
    expect(pipeline.texts()).toEqual(['one', 'two'])
  })

  it.each([
    { what: 'an outage', error: unreachable },
    { what: 'a token that is refused', error: () => refusal(40014, 'refresh-token') },
  ])('counts no attempt for $what: one that follows a long one is not the last', async ({ error }) => {
    const pipeline = await answered([...Array.from({ length: 12 }, error), refusal(-1, 'retry')])
    await pipeline.pull()
    for (let attempt = 0; attempt < 14; attempt += 1) {
      await pipeline.handlers.reply(CONV)
      await pipeline.passTime()
    }
    expect(pipeline.texts()).toEqual(['one', 'two'])
    expect(await pipeline.parked.countOpen()).toBe(0)
  })

  it('parks a part that is refused to the limit, and the customer is answered again after', async () => {
    const pages = [[customerText('a')], [customerText('b')]]
    const pipeline = await answered(
      Array.from({ length: 8 }, () => refusal(-1, 'retry')),
      {
        sync: async ({ cursor }) => ({
          messages: pages[Number(cursor || 0)] ?? [],
          nextCursor: String(Number(cursor || 0) + 1),
          hasMore: false,
        }),
      },
    )
    await pipeline.pull()
    for (let attempt = 0; attempt < 8; attempt += 1) {
      await pipeline.handlers.reply(CONV)
      await pipeline.passTime()
    }
    expect(pipeline.texts()).toEqual([])
    expect(await pipeline.parked.list(10)).toMatchObject([{ stage: 'send' }])
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual(['one', 'two'])
  })
})
