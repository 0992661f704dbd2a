import { describe, expect, it } from 'vitest'
import { AppError } from '../../../../shared/app-error.ts'
import { CONV, createPipeline, customerText, pagesOf, platformEvent } from '../../../support/pipeline.ts'

const refusal = (errcode: number, action: string) =>
  new AppError('wecom.refused', 'refused', { retryable: false, details: { errcode, action } })
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
  })

  it('answers after an outage of any length when the person is gone by then', async () => {
    let isAway = true
    const pipeline = await createPipeline({
      sync: pagesOf([taken(), customerText('a')]),
      serviceState: async () => {
        if (isAway) throw unreachable()
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
