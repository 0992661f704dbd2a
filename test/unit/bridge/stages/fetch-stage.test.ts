import { describe, expect, it } from 'vitest'
import { AppError } from '../../../../shared/app-error.ts'
import { ACCOUNT, CONV, createPipeline, customerText, pagesOf, platformEvent } from '../../../support/pipeline.ts'

const refusal = (errcode: number, action: string) =>
  new AppError('wecom.refused', 'refused', { retryable: true, details: { errcode, action } })

describe('createFetchStage', () => {
  it('reads every page to the end, empty ones included, and every message of each', async () => {
    const pipeline = await createPipeline({
      sync: pagesOf([customerText('1'), customerText('2')], [], [customerText('3'), customerText('4')]),
    })
    await pipeline.pull()
    const { messages } = await pipeline.conversations.remember(CONV, 100, 50)
    expect(messages.map((message) => message.text)).toEqual(['1', '2', '3', '4'])
  })

  it('pulls nothing beside a bridge on another database, nor, the first time, before it knows of it', async () => {
    let standing: 'connecting' | 'foreign' | 'free' = 'connecting'
    let pulls = 0
    const pages = pagesOf([customerText('1')])
    const pipeline = await createPipeline({
      standing: async () => standing,
      async sync(request) {
        pulls += 1
        return pages(request)
      },
    })
    const pull = async () => {
      await pipeline.database.run('update sync_state set due = 0, wake = 0')
      await pipeline.pull()
      return pulls
    }
    expect(await pull()).toBe(0)
    standing = 'foreign'
    expect(await pull()).toBe(0)
    standing = 'free'
    expect(await pull()).toBe(1)
    standing = 'connecting'
    expect(await pull()).toBe(2)
    standing = 'foreign'
    expect(await pull()).toBe(2)
  })

  it('takes the messages of a page in the order in which they were written', async () => {
    const [first, second, third] = [1, 2, 2].map((second, index) =>
      customerText(`${index}`, { sendTime: Date.now() + second * 1000 }),
    )
    if (first === undefined || second === undefined || third === undefined) throw new Error('three')
    const pipeline = await createPipeline({ sync: pagesOf([second, third, first]) })
    await pipeline.pull()
    const { messages } = await pipeline.conversations.remember(CONV, 100, 50)
    expect(messages.map((message) => message.text)).toEqual(['0', '1', '2'])
  })

  it('goes on from the stored cursor after a failure midway, and loses nothing', async () => {
    const sync = pagesOf([customerText('1')], [customerText('2')])
    let failures = 1
    const pipeline = await createPipeline({
      async sync(request) {
        if (request.cursor === '1' && failures-- > 0) {
          throw new AppError('wecom.unreachable', 'cut', { retryable: true })
        }
        return sync(request)
      },
    })
    await pipeline.pull()
    await pipeline.passTime()
    await pipeline.handlers.fetch(ACCOUNT)
    const { messages } = await pipeline.conversations.remember(CONV, 100, 50)
    expect(messages.map((message) => message.text)).toEqual(['1', '2'])
  })

  it('pulls again without the token when the platform refuses it', async () => {
    const tokens: string[] = []
    const pipeline = await createPipeline({
      async sync({ token }) {
        tokens.push(token)
        if (token !== '') throw refusal(95007, 'pull-without-token')
        return { messages: [customerText('hi')], nextCursor: '1', hasMore: false }
      },
    })
    await pipeline.pull('stale')
    expect(tokens).toEqual(['stale', ''])
    expect(pipeline.woken).toContainEqual(expect.objectContaining({ stage: 'reply', key: CONV }))
  })

  it('takes the first replay for history, and what is recent in it for work', async () => {
    const old = customerText('old', { sendTime: Date.now() - 3_600_000 })
    const pipeline = await createPipeline({ sync: pagesOf([old], [customerText('new')]) })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.asked).toHaveLength(1)
    expect(pipeline.asked[0]?.turns).toMatchObject([
      { role: 'customer', text: 'old' },
      { role: 'customer', text: 'new' },
    ])
  })

  it('answers nothing when the first replay is all history', async () => {
    const old = customerText('old', { sendTime: Date.now() - 3_600_000 })
    const pipeline = await createPipeline({ sync: pagesOf([old]) })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.asked).toEqual([])
  })

  it('answers a late message after the first replay, and parks one that is past the window', async () => {
    const late = customerText('late', { sendTime: Date.now() - 3_600_000 })
    const stale = customerText('stale', { sendTime: Date.now() - 49 * 3_600_000, externalUserId: 'wm2' })
    const pages = [[], [late, stale]]
    const pipeline = await createPipeline({
      sync: async ({ cursor }) => ({
        messages: pages[Number(cursor || 0)] ?? [],
        nextCursor: String(Number(cursor || 0) + 1),
        hasMore: false,
      }),
    })
    await pipeline.pull()
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    await pipeline.handlers.reply(`${ACCOUNT}:wm2`)
    expect(pipeline.sent.map((message) => message.externalUserId)).toEqual(['wm1'])
    expect(await pipeline.parked.list(10)).toMatchObject([{ stage: 'needs_person', key: stale.msgid }])
  })

  it('is stopped by no event, known or not, and answers none', async () => {
    const pipeline = await createPipeline({
      sync: pagesOf([
        platformEvent({ event_type: 'never_heard_of', open_kfid: ACCOUNT }),
        customerText('', { type: 'event', origin: 4, raw: '{"event":null}', externalUserId: '' }),
        customerText('', { type: 'hologram', origin: 3, raw: '{}' }),
        customerText('', { origin: 9, raw: '{}' }),
        customerText('after'),
      ]),
    })
    await pipeline.pull()
    const { messages } = await pipeline.conversations.remember(CONV, 100, 50)
    expect(messages.at(-1)?.text).toBe('after')
  })

  it("answers no servicer's message, and nothing that a servicer has answered", async () => {
    const pipeline = await createPipeline({
      sync: pagesOf([customerText('hi'), customerText('I am here', { origin: 5 })]),
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.asked).toEqual([])
    expect(await pipeline.conversations.claim(CONV, 'l', 1)).toBeUndefined()
  })

  it('waits a minute after a rate limit and keeps its place', async () => {
    const pipeline = await createPipeline({
      sync: async () => {
        throw refusal(45009, 'wait')
      },
    })
    await pipeline.pull()
    const [row] = await pipeline.database.all<{ due: number; wanted: number; done: number }>(
      'select due, wanted, done from sync_state',
    )
    expect((row?.due ?? 0) - Date.now()).toBeGreaterThan(50_000)
    expect(row?.wanted).toBeGreaterThan(row?.done ?? 0)
  })

  it('is due again soon when the Secret was refused, so that a corrected one is not kept waiting', async () => {
    const pipeline = await createPipeline({
      sync: async () => {
        const details = { errcode: 40001, action: 'alert', retryAfterMs: 3_600_000 }
        throw new AppError('wecom.token', 'no token', { retryable: false, details })
      },
    })
    await pipeline.pull()
    const [row] = await pipeline.database.all<{ due: number }>('select due from sync_state')
    expect((row?.due ?? 0) - Date.now()).toBeLessThanOrEqual(30_000)
  })

  it('begins again as history when the platform refuses the cursor', async () => {
    let isRefusing = false
    const cursors: string[] = []
    const old = customerText('old', { sendTime: Date.now() - 3_600_000 })
    const pipeline = await createPipeline({
      async sync({ cursor }) {
        cursors.push(cursor)
        if (cursor !== '' && isRefusing) throw refusal(50100, 'alert')
        const missed = isRefusing ? [customerText('missed', { sendTime: Date.now() - 1_800_000 })] : []
        return { messages: cursor === '' ? [old, ...missed] : [], nextCursor: 'c', hasMore: false }
      },
    })
    await pipeline.pull()
    isRefusing = true
    await pipeline.pull()
    await pipeline.passTime()
    await pipeline.handlers.fetch(ACCOUNT)
    await pipeline.handlers.reply(CONV)
    expect(cursors).toEqual(['', 'c', ''])
    expect(pipeline.asked).toEqual([])
    const { messages } = await pipeline.conversations.remember(CONV, 100, 50)
    expect(messages).toHaveLength(2)
  })

  it('begins again, and answers what it has missed, when it may be the cursor that is refused', async () => {
    let isRefusing = false
    const cursors: string[] = []
    const answered = customerText('answered')
    const pipeline = await createPipeline({
      async sync({ cursor }) {
        cursors.push(cursor)
        if (cursor !== '' && isRefusing) throw refusal(40058, 'bug')
        const missed = isRefusing ? [customerText('missed', { sendTime: Date.now() - 1_800_000 })] : []
        return { messages: cursor === '' ? [answered, ...missed] : [], nextCursor: 'c', hasMore: false }
      },
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    isRefusing = true
    await pipeline.pull()
    for (let tries = 0; tries < 3; tries += 1) {
      await pipeline.passTime()
      await pipeline.handlers.fetch(ACCOUNT)
    }
    await pipeline.handlers.reply(CONV)
    expect(cursors).toEqual(['', 'c', 'c', 'c', ''])
    expect(pipeline.asked.map(({ turns }) => turns.at(-1)?.text)).toEqual(['answered', 'missed'])
  })

  it('leaves a platform alone for a while whose cursor stands still, and takes no end of the history from it', async () => {
    const old = customerText('old', { sendTime: Date.now() - 3_600_000 })
    let isStuck = true
    let calls = 0
    const pipeline = await createPipeline({
      async sync({ cursor }) {
        calls += 1
        if (isStuck) return { messages: [], nextCursor: cursor, hasMore: true, isStuck }
        return { messages: [old], nextCursor: 'c', hasMore: false }
      },
    })
    await pipeline.pull()
    expect(calls).toBe(1)
    isStuck = false
    await pipeline.passTime()
    await pipeline.handlers.fetch(ACCOUNT)
    await pipeline.handlers.reply(CONV)
    expect(calls).toBe(2)
    expect(pipeline.asked).toEqual([])
  })

  it('leaves a platform alone for a while that has nothing but empty pages, and goes on from there', async () => {
    const cursors: string[] = []
    const pipeline = await createPipeline({
      async sync({ cursor }) {
        cursors.push(cursor)
        const next = Number(cursor || 0) + 1
        return { messages: next > 30 ? [customerText('a')] : [], nextCursor: String(next), hasMore: next <= 30 }
      },
    })
    await pipeline.pull()
    expect(cursors).toHaveLength(20)
    await pipeline.passTime()
    await pipeline.handlers.fetch(ACCOUNT)
    expect(cursors.slice(20)).toEqual(Array.from({ length: 11 }, (_, index) => String(index + 20)))
  })

  it("takes what is neither a customer's nor a servicer's for no question", async () => {
    const pipeline = await createPipeline({ sync: pagesOf([customerText('a greeting', { origin: 6 })]) })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.asked).toEqual([])
    expect(await pipeline.database.all('select dirty, last_seq from conversation')).toEqual([{ dirty: 0, last_seq: 1 }])
  })

  it('has a conversation looked at as soon as it has waited long enough for a slow document', async () => {
    const pipeline = await createPipeline({ sync: pagesOf([customerText('', { type: 'file' })]), parseWaitMs: 20_000 })
    await pipeline.pull()
    const [conversation] = await pipeline.database.all<{ first_due: number }>('select first_due from conversation')
    expect(pipeline.woken).toContainEqual({ stage: 'reply', key: CONV, at: (conversation?.first_due ?? 0) + 20_000 })
  })

  it('finds accounts that it does not know and makes them due', async () => {
    const pipeline = await createPipeline({ accounts: async () => ['wkNew'] })
    await pipeline.sync.wantAll(['*'])
    await pipeline.handlers.fetch('*')
    expect(pipeline.woken).toContainEqual(expect.objectContaining({ stage: 'fetch', key: 'wkNew' }))
    expect(await pipeline.sync.claim('wkNew', 'l', 1)).toBeDefined()
  })

  it('does nothing when the pointer comes twice', async () => {
    let calls = 0
    const pipeline = await createPipeline({
      async sync() {
        calls += 1
        return { messages: [], nextCursor: '1', hasMore: false }
      },
    })
    await pipeline.pull()
    await pipeline.handlers.fetch(ACCOUNT)
    expect(calls).toBe(1)
  })
})
