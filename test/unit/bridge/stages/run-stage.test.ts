import { describe, expect, it } from 'vitest'
import { AppError } from '../../../../shared/app-error.ts'
import { ACCOUNT, CONV, createPipeline, customerText, pagesOf, platformEvent } from '../../../support/pipeline.ts'

const refusal = (errcode: number, action: string, retryable = false) =>
  new AppError('wecom.refused', 'refused', { retryable, details: { errcode, action } })
const unreachable = () => new AppError('wecom.unreachable', 'cut', { retryable: true })
const taken = () => platformEvent({ event_type: 'session_status_change', change_type: 1 })

/** Follows every pointer that is due at once; a row that comes again without a pause is seen by the number of turns. */
async function turnsUntilRest(pipeline: Awaited<ReturnType<typeof createPipeline>>): Promise<number> {
  for (let turns = 0; turns < 50; turns += 1) {
    const next = pipeline.woken.shift()
    if (next === undefined) return turns
    if ((next.at ?? 0) <= Date.now()) await pipeline.handlers[next.stage as 'reply'](next.key)
  }
  return 50
}

describe('createStageHandler', () => {
  it.each([
    { what: 'can not be asked', error: unreachable },
    { what: 'refuses to say', error: () => refusal(95014, 'drop') },
    { what: 'is busy', error: () => refusal(-1, 'retry', true) },
    { what: 'fails in a way nobody has thought of', error: () => new TypeError('unheard of') },
  ])('does not spin on a conversation with a person when the platform $what', async ({ error }) => {
    const pipeline = await createPipeline({
      sync: pagesOf([taken(), customerText('a')]),
      serviceState: async () => {
        throw error()
      },
    })
    await pipeline.pull()
    for (let attempt = 0; attempt < 20; attempt += 1) {
      expect(await turnsUntilRest(pipeline)).toBeLessThan(5)
      await pipeline.passTime()
      await pipeline.handlers.reply(CONV)
    }
    expect(pipeline.asked).toEqual([])
    expect(await pipeline.parked.countOpen()).toBe(0)
  })

  it('leaves to the person what it fails to ask about to the end', async () => {
    const pipeline = await createPipeline({
      sync: pagesOf([taken(), customerText('a')]),
      serviceState: async () => {
        throw new TypeError('unheard of')
      },
    })
    await pipeline.pull()
    for (let attempt = 0; attempt < 8; attempt += 1) {
      await pipeline.passTime()
      await pipeline.handlers.reply(CONV)
    }
    expect(await pipeline.database.all('select 1 from conversation where dirty > answered')).toEqual([])
  })

  it('tries eight times, no more and no less', async () => {
    const file = customerText('', { type: 'file' })
    let tries = 0
    const pipeline = await createPipeline({
      sync: pagesOf([file]),
      async read() {
        tries += 1
        throw new Error('on purpose')
      },
    })
    await pipeline.pull()
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await pipeline.passTime()
      await pipeline.handlers.parse(file.msgid)
    }
    expect(tries).toBe(8)
    expect(await pipeline.parked.list(10)).toMatchObject([{ stage: 'parse', reason: 'unexpected' }])
  })

  it('gives nothing up for a failure that counts for nothing, not even at the last attempt', async () => {
    let isBroke = true
    const pipeline = await createPipeline({
      sync: pagesOf([customerText('a')]),
      async answer() {
        if (isBroke) throw new AppError('answer.account', 'pay', { retryable: false })
        return 'paid'
      },
    })
    await pipeline.pull()
    await pipeline.database.run('update conversation set attempts = 7')
    await pipeline.handlers.reply(CONV)
    isBroke = false
    await pipeline.passTime()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual(['paid'])
    expect(await pipeline.parked.countOpen()).toBe(0)
  })

  it('answers at once what a message that can not be read held up', async () => {
    const file = customerText('', { type: 'file' })
    const pipeline = await createPipeline({
      sync: pagesOf([customerText('a'), file]),
      async read() {
        throw new AppError('read.refused', 'not ours', { retryable: false })
      },
    })
    await pipeline.pull()
    pipeline.woken.length = 0
    await pipeline.handlers.parse(file.msgid)
    expect(pipeline.woken).toMatchObject([{ stage: 'reply', key: CONV }])
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual(['answer 1'])
  })

  it.each([
    { what: 'an outage', error: unreachable },
    { what: 'trouble', error: () => refusal(-1, 'retry', true) },
  ])('answers after $what of any length when the person is gone by then', async ({ error }) => {
    let isAway = true
    const pipeline = await createPipeline({
      sync: pagesOf([taken(), customerText('a')]),
      serviceState: async () => {
        if (isAway) throw error()
        return 1
      },
    })
    await pipeline.pull()
    for (let attempt = 0; attempt < 20; attempt += 1) {
      await pipeline.handlers.reply(CONV)
      await pipeline.passTime()
    }
    isAway = false
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual(['answer 1'])
    expect(await pipeline.parked.countOpen()).toBe(0)
  })

  it('frees an account at once when the bridge shuts down amid a pull', async () => {
    const pipeline = await createPipeline({
      async sync() {
        pipeline.shutdown.abort()
        throw unreachable()
      },
    })
    await pipeline.pull()
    expect(await pipeline.sync.claim(ACCOUNT, 'next', 60_000)).toBeDefined()
  })

  it('frees a message at once when the bridge shuts down while it is read, and counts no attempt', async () => {
    const file = customerText('', { type: 'file' })
    const pipeline = await createPipeline({
      sync: pagesOf([file]),
      async read() {
        pipeline.shutdown.abort()
        throw unreachable()
      },
    })
    await pipeline.pull()
    await pipeline.handlers.parse(file.msgid)
    expect(await pipeline.messages.claim(file.msgid, 'next', 60_000)).toMatchObject({ attempts: 0 })
  })

  it('pulls again at once when more was wished for meanwhile', async () => {
    const pipeline = await createPipeline({
      async sync({ cursor }) {
        if (cursor === '') await pipeline.sync.acceptNudge({ openKfId: ACCOUNT, token: 'newer', createTime: 2e9 })
        return { messages: [], nextCursor: 'c', hasMore: false }
      },
    })
    await pipeline.pull()
    expect(pipeline.woken).toEqual([{ stage: 'fetch', key: ACCOUNT, at: undefined }])
  })

  it('gives up nothing that nobody has read yet, and answers it when it has been', async () => {
    const file = customerText('', { type: 'file' })
    const pages = [[customerText('a')], [file]]
    const pipeline = await createPipeline({
      sync: async ({ cursor }) => ({
        messages: pages[Number(cursor || 0)] ?? [],
        nextCursor: String(Number(cursor || 0) + 1),
        hasMore: false,
      }),
      send: async () => {
        throw unreachable()
      },
      read: async () => ({ text: 'an invoice', title: '' }),
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    // A row that can not be read stands for whatever fails before the conversation is looked at.
    await pipeline.database.run(`update reply_part set payload = '?'`)
    await pipeline.pull()
    for (let attempt = 0; attempt < 12; attempt += 1) {
      expect(
        await turnsUntilRest({ ...pipeline, woken: pipeline.woken.filter(({ stage }) => stage === 'reply') }),
      ).toBeLessThan(5)
      pipeline.woken.length = 0
      await pipeline.passTime()
      await pipeline.handlers.reply(CONV)
    }
    expect(await pipeline.database.all('select from_seq, upto_seq from reply')).toEqual([{ from_seq: 1, upto_seq: 1 }])
    await pipeline.database.run(`update reply_part set state = 'cancelled', payload = '{"text":""}'`)
    await pipeline.passTime()
    await pipeline.handlers.parse(file.msgid)
    await pipeline.passTime()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.asked.at(-1)?.turns.at(-1)?.text).toBe('an invoice')
  })
})
