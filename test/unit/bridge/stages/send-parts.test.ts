import { describe, expect, it } from 'vitest'
import { AppError } from '../../../../shared/app-error.ts'
import { CONV, createPipeline, customerText, pagesOf } from '../../../support/pipeline.ts'

const refusal = (errcode: number, action: string) =>
  new AppError('wecom.refused', 'refused', { retryable: false, details: { errcode, action } })
const unreachable = () => new AppError('wecom.unreachable', 'cut', { retryable: true })

type Tries = readonly ((msgid: string) => Promise<void>)[]

/** Sends by these in turn, then succeeds; keeps every msgid that the platform was shown. */
async function createSending(tries: Tries, over: Parameters<typeof createPipeline>[0] = {}) {
  const shown: string[] = []
  const left = [...tries]
  const pipeline = await createPipeline({
    sync: pagesOf([customerText('a')]),
    answer: async () => 'one|two',
    async send({ msgid }) {
      shown.push(msgid)
      await left.shift()?.(msgid)
    },
    ...over,
  })
  await pipeline.pull()
  return { ...pipeline, shown }
}

describe('a sender that stalled until somebody else had its conversation', () => {
  /** The first try hangs; while it does, another process takes the conversation over. Then the first ends with `error`. */
  async function stall(error: Error, others: Tries = [], over: Parameters<typeof createPipeline>[0] = {}) {
    let reached: () => void = () => undefined
    let fail: () => void = () => undefined
    const atPlatform = new Promise<void>((resolve) => {
      reached = resolve
    })
    const hang = () =>
      new Promise<void>((_, reject) => {
        fail = () => reject(error)
        reached()
      })
    const sending = await createSending([hang, ...others], over)
    const stalled = sending.handlers.reply(CONV)
    await atPlatform
    await sending.database.run('update conversation set lease_until = 0')
    await sending.handlers.reply(CONV)
    fail()
    await stalled
    return sending
  }

  it('sends nothing again under a new msgid when the other one has sent it', async () => {
    const { shown, texts } = await stall(refusal(95033, 'accepted-before'))
    expect(texts()).toEqual(['one', 'two'])
    expect(new Set(shown).size).toBe(2)
  })

  it('takes no doubt away from a part that the other one may have sent', async () => {
    // The other one's call was carried out, but its answer was lost.
    const { database, texts } = await stall(refusal(45009, 'wait'), [async () => Promise.reject(unreachable())])
    expect(texts()).toEqual([])
    expect(await database.all('select state, in_doubt from reply_part where no = 0')).toEqual([
      { state: 'sending', in_doubt: 1 },
    ])
  })

  it('gives up nothing that the other one has yet to send', async () => {
    const sending = await stall(refusal(95013, 'drop'), [async () => Promise.reject(unreachable())])
    expect(await sending.parked.countOpen()).toBe(0)
    await sending.passTime()
    await sending.handlers.reply(CONV)
    expect(sending.texts()).toEqual(['one', 'two'])
  })

  it('cancels nothing of the other one though a person had the conversation at the time', async () => {
    const sending = await stall(refusal(95018, 'read-state'), [async () => Promise.reject(unreachable())], {
      serviceState: async () => 3,
    })
    expect(await sending.database.all('select desk from conversation')).toEqual([{ desk: 'bot' }])
    await sending.passTime()
    await sending.handlers.reply(CONV)
    expect(sending.texts()).toEqual(['one', 'two'])
  })

  it('says what it knows when its own call was taken after all', async () => {
    let reached: () => void = () => undefined
    let succeed: () => void = () => undefined
    const atPlatform = new Promise<void>((resolve) => {
      reached = resolve
    })
    const hang = () =>
      new Promise<void>((resolve) => {
        succeed = resolve
        reached()
      })
    const sending = await createSending([hang])
    const stalled = sending.handlers.reply(CONV)
    await atPlatform
    await sending.database.run(`update conversation set lease = 'other', lease_until = 9e15`)
    succeed()
    await stalled
    expect(await sending.database.all('select no, state from reply_part order by no')).toEqual([
      { no: 0, state: 'sent' },
      { no: 1, state: 'ready' },
    ])
  })
})

describe('a part that the platform will not have', () => {
  it('is given up when its second msgid is taken, too', async () => {
    const taken = () => Promise.reject(refusal(95033, 'accepted-before'))
    const sending = await createSending(Array.from({ length: 20 }, () => taken))
    await sending.handlers.reply(CONV)
    expect(sending.shown).toHaveLength(2)
    expect(await sending.parked.list(10)).toMatchObject([{ stage: 'send', reason: 'wecom.refused 95033' }])
  })

  it('is given up in doubt when the platform was away for longer than it takes answers', async () => {
    const sending = await createSending([() => Promise.reject(unreachable()), () => Promise.reject(unreachable())])
    await sending.handlers.reply(CONV)
    await sending.passTime()
    await sending.database.run('update reply_part set created_at = created_at - 48 * 3600000 - 1')
    await sending.handlers.reply(CONV)
    expect(await sending.database.all('select state, in_doubt from reply_part order by no')).toEqual([
      { state: 'failed', in_doubt: 1 },
      { state: 'failed', in_doubt: 0 },
    ])
    expect(await sending.parked.countOpen()).toBe(1)
  })
})

describe('a part that can not be sent for a reason nobody has thought of', () => {
  it('is tried to the limit, then parked, and the customer is answered again after', async () => {
    const pages = [[customerText('a')], [customerText('b')]]
    const sending = await createSending(
      Array.from({ length: 8 }, () => async () => Promise.reject(new TypeError('unheard of'))),
      {
        sync: async ({ cursor }) => ({
          messages: pages[Number(cursor || 0)] ?? [],
          nextCursor: String(Number(cursor || 0) + 1),
          hasMore: false,
        }),
      },
    )
    for (let attempt = 0; attempt < 8; attempt += 1) {
      await sending.passTime()
      await sending.handlers.reply(CONV)
    }
    expect(sending.texts()).toEqual([])
    expect(await sending.parked.list(10)).toMatchObject([{ stage: 'send', reason: 'unexpected' }])
    await sending.pull()
    await sending.handlers.reply(CONV)
    expect(sending.texts()).toEqual(['one', 'two'])
  })
})
