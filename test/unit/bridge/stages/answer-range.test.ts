import { describe, expect, it } from 'vitest'
import { createWriter } from '../../../../bridge/answer/create-writer.ts'
import { answerSettings } from '../../../../bridge/settings/answer-settings.ts'
import type { Passages } from '../../../../bridge/stages/knowledge-source.ts'
import type { Ask, DraftToConclude, HandedOver } from '../../../../bridge/stages/service-desk.ts'
import type { SyncedMessage, SyncRequest } from '../../../../bridge/wecom/wecom-client.ts'
import { AppError } from '../../../../shared/app-error.ts'
import {
  CONV,
  createPipeline,
  customerText,
  type PipelineOptions,
  pagesOf,
  platformEvent,
} from '../../../support/pipeline.ts'

const text = (words: string) => ({ type: 'text' as const, text: words })
const paragraph = (name: string, length: number) => `${name}${'字'.repeat(length - 2)}。`
const LONG = [paragraph('一', 200), paragraph('二', 200), paragraph('三', 200)] as const
const unavailable = () => new AppError('answer.unavailable', 'busy', { retryable: true })
const unreachable = () => new AppError('wecom.unreachable', 'cut', { retryable: true })

/** Each pull gives the next page. */
function pageAfterPage(...pages: (readonly SyncedMessage[])[]) {
  return async ({ cursor }: SyncRequest) => {
    const index = Number(cursor || 0)
    return { messages: [...(pages[index] ?? [])], nextCursor: String(index + 1), hasMore: false }
  }
}

async function answered(options: PipelineOptions = {}) {
  const pipeline = await createPipeline({ sync: pagesOf([customerText('a'), customerText('b')]), ...options })
  await pipeline.pull()
  await pipeline.handlers.reply(CONV)
  return pipeline
}

describe('the service desk around an answer', () => {
  it('is asked first, with everything that came', async () => {
    const asks: Ask[] = []
    await answered({
      sync: pagesOf([customerText('a'), platformEvent({ event_type: 'enter_session' }), customerText('b')]),
      desk: {
        async consider(ask) {
          asks.push(ask)
          return { kind: 'ask' }
        },
      },
    })
    expect(asks).toMatchObject([
      {
        quotaLeft: 5,
        unanswered: [{ text: 'a', origin: 3 }, { type: 'event' }, { text: 'b' }],
        turns: [{ text: 'a' }, { text: 'b' }],
      },
    ])
    expect(asks[0]?.unanswered[0]?.raw).toContain('"a"')
  })

  it('says what it likes without a model', async () => {
    const contents = [text('欢迎'), { type: 'menu' as const, items: [{ type: 'click' as const, text: '退货' }] }]
    const pipeline = await answered({
      desk: { consider: async () => ({ kind: 'say', contents, cause: 'menu' }) },
    })
    expect(pipeline.asked).toEqual([])
    expect(pipeline.contents).toEqual(contents)
    expect(await pipeline.database.all('select kind, state from reply_part order by no')).toEqual([
      { kind: 'text', state: 'sent' },
      { kind: 'menu', state: 'sent' },
    ])
    expect(await pipeline.parked.countOpen()).toBe(0)
  })

  it('lets messages pass without a word', async () => {
    const pipeline = await answered({ desk: { consider: async () => ({ kind: 'quiet', cause: 'thanks' }) } })
    expect([pipeline.asked, pipeline.texts()]).toEqual([[], []])
    expect(await pipeline.database.all('select answered, dirty from conversation')).toEqual([{ answered: 2, dirty: 2 }])
  })

  it('adds to what the model said, as far as there is room', async () => {
    const add = (sentSince: number) =>
      createPipeline({
        sync: pagesOf([customerText('a')]),
        desk: { conclude: async () => ({ kind: 'send', append: [text('1'), text('2')] }) },
      }).then(async (pipeline) => {
        await pipeline.pull()
        await pipeline.database.run('update conversation set sent_since = ?1', sentSince)
        await pipeline.handlers.reply(CONV)
        return pipeline.texts()
      })
    expect(await add(0)).toEqual(['answer 1', '1', '2'])
    // The last place is kept.
    expect(await add(2)).toEqual(['answer 1', '1'])
    expect(await add(3)).toEqual(['answer 1'])
    expect(await add(4)).toEqual(['answer 1'])
  })

  it('replaces what must not be said, and a person sees what it was', async () => {
    const drafts: DraftToConclude[] = []
    const pipeline = await answered({
      answer: async () => '禁词',
      desk: {
        screen: (_ask, words) => !words.includes('禁词'),
        async conclude(draft) {
          drafts.push(draft)
          return { kind: 'say', contents: [text('换一句')] }
        },
      },
    })
    expect(drafts).toMatchObject([{ verdict: 'no_answer', reason: 'screened', text: '禁词', isBegun: false }])
    expect(pipeline.texts()).toEqual(['换一句'])
    expect(await pipeline.parked.list(9)).toMatchObject([{ stage: 'needs_person', reason: 'screened', body: '禁词' }])
  })

  it('may settle for what it said instead', async () => {
    const pipeline = await answered({
      answer: async () => ({ verdict: 'no_answer', text: 'NO_ANSWER' }),
      desk: { conclude: async () => ({ kind: 'say', contents: [text('好的')], isSettled: true }) },
    })
    expect(pipeline.texts()).toEqual(['好的'])
    expect(await pipeline.parked.countOpen()).toBe(0)
  })

  it('decides what is said when every model has failed', async () => {
    const pipeline = await answered({
      answer: async () => {
        throw new AppError('answer.refused', 'no', { retryable: false })
      },
      desk: {
        conclude: async ({ verdict, reason }) => ({ kind: 'say', contents: [text(`${verdict} ${reason}`)] }),
      },
    })
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual(['failed answer.refused'])
  })

  it('falls back to an honest sentence when it fails itself', async () => {
    const pipeline = await answered({
      answer: async () => {
        throw new AppError('answer.refused', 'no', { retryable: false })
      },
      desk: {
        async conclude() {
          throw new Error('a bug')
        },
      },
    })
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual([expect.stringContaining('抱歉')])
    expect(await pipeline.parked.list(9)).toMatchObject([{ stage: 'reply', reason: 'answer.refused' }])
  })
})

describe('a hand-over', () => {
  function deskOf(results: (HandedOver | AppError)[]) {
    const calls: string[] = []
    return {
      calls,
      desk: {
        consider: async () => ({ kind: 'hand-over' as const, cause: 'asked', contents: [text('请稍候')] }),
        async handOver(_claim: unknown, cause: string) {
          calls.push(cause)
          const result = results.shift() ?? { kind: 'handed-over' as const }
          if (result instanceof AppError) throw result
          return result
        },
      },
    }
  }

  it('comes after what is said, and silences the bot', async () => {
    const { desk, calls } = deskOf([])
    const order: string[] = []
    const pipeline = await answered({
      send: async (message) => void order.push(message.text),
      desk: {
        ...desk,
        async handOver(claim, cause) {
          order.push(cause)
          return desk.handOver(claim, cause)
        },
      },
    })
    expect(calls).toEqual(['asked'])
    expect(order).toEqual(['请稍候', 'asked'])
    expect(await pipeline.database.all('select desk from conversation')).toEqual([{ desk: 'person' }])
    expect(await pipeline.database.all('select kind, state from reply_part')).toEqual([{ kind: 'text', state: 'sent' }])
  })

  it('says that nobody is there, and the bot goes on', async () => {
    const { desk } = deskOf([{ kind: 'stays', contents: [text('现在没有人')] }])
    let isAsked = false
    const pipeline = await answered({
      sync: pageAfterPage([customerText('a')], [customerText('b')]),
      desk: { ...desk, consider: async () => (isAsked ? { kind: 'ask' } : desk.consider()) },
    })
    expect(pipeline.texts()).toEqual(['请稍候', '现在没有人'])
    isAsked = true
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual(['请稍候', '现在没有人', 'answer 1'])
    expect(pipeline.asked[0]?.turns.map((turn) => turn.text)).toEqual(['a', '请稍候\n现在没有人', 'b'])
  })

  it.each([
    { what: 'later', first: { kind: 'later' as const, afterMs: 5000, reason: 'wecom.unreachable' } },
    { what: 'after a failure', first: unreachable() },
  ])('is tried again $what, before anything that follows', async ({ first }) => {
    const { desk, calls } = deskOf([first])
    const pipeline = await answered({
      sync: pageAfterPage([customerText('a')], [customerText('b')]),
      serviceState: async () => 3,
      desk,
    })
    expect(pipeline.texts()).toEqual(['请稍候'])
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(calls).toHaveLength(1)
    await pipeline.passTime()
    await pipeline.handlers.reply(CONV)
    expect(calls).toHaveLength(2)
    expect(await pipeline.database.all('select desk from conversation')).toEqual([{ desk: 'person' }])
  })

  it('is given up when it can not be had in good time, and a person is told', async () => {
    const later = { kind: 'later' as const, afterMs: 5000, reason: 'x' }
    const { desk } = deskOf([later, later])
    const pipeline = await answered({ desk })
    await pipeline.database.run('update reply_part set created_at = created_at - 5 * 60000')
    await pipeline.passTime()
    await pipeline.handlers.reply(CONV)
    expect(await pipeline.parked.list(9)).toMatchObject([{ stage: 'needs_person', reason: 'asked' }])
    expect(await pipeline.database.all('select desk from conversation')).toEqual([{ desk: 'bot' }])
    expect(await pipeline.due.take(['reply'])).toEqual([])
  })

  it('is carried out though what was to be said before it is refused', async () => {
    const { desk, calls } = deskOf([])
    await answered({
      desk,
      send: async () => {
        throw new AppError('wecom.refused', 'no', { retryable: false, details: { errcode: 95002, action: 'drop' } })
      },
    })
    expect(calls).toEqual(['asked'])
  })
})

describe('an answer from what the company knows', () => {
  const picture = { type: 'image' as const, media: { stored: 'knowledge:7' } }
  const passages: Passages['passages'] = [
    { id: 'p1', title: '退货', text: '七天内可以无理由退货，运费由我们承担', attachments: [picture] },
    { id: 'p2', title: '营业', text: '早上九点到晚上六点营业', attachments: [{ type: 'text', text: '地图' }] },
  ]
  const knowledge = (over: Partial<Passages> = {}, queries: unknown[] = []) => ({
    async find(query: unknown) {
      queries.push(query)
      return { passages, isAssigned: true, ...over }
    },
  })

  it('is asked for with the customer’s words, and its sources and cost are kept', async () => {
    const queries: unknown[] = []
    const pipeline = await answered({ knowledge: knowledge({}, queries) })
    expect(queries).toMatchObject([{ question: 'a\nb', openKfId: 'wkAAA' }])
    expect(pipeline.asked[0]?.knowledge?.passages.map(({ id }) => id)).toEqual(['p1', 'p2'])
    expect(await pipeline.database.all('select sources, cost_micros, state from reply')).toEqual([
      { sources: '["p1","p2"]', cost_micros: 7, state: 'closed' },
    ])
  })

  it('is not asked for at all of an account without any', async () => {
    const pipeline = await answered({ knowledge: knowledge({ passages: [], isAssigned: false }) })
    expect(pipeline.asked[0]).not.toHaveProperty('knowledge')
  })

  it('brings what the passage carries that it rests on, and nothing else', async () => {
    const file = { name: 'a.png', bytes: new Uint8Array([1]) }
    const pipeline = await answered({
      knowledge: knowledge(),
      answer: async () => '您好，七天内可以无理由退货，运费由我们承担的。',
      media: { 'knowledge:7': file },
    })
    expect(pipeline.contents.slice(1)).toEqual([{ type: 'image', media: file }])
    expect(await pipeline.database.all('select payload from reply_part where no = 1')).toEqual([
      { payload: JSON.stringify(picture) },
    ])
  })

  it('gives an attachment up that is gone, visibly, and answers on', async () => {
    const pipeline = await answered({
      sync: pageAfterPage([customerText('a')], [customerText('b')]),
      knowledge: knowledge(),
      answer: async () => '七天内可以无理由退货，运费由我们承担',
    })
    expect(await pipeline.parked.list(9)).toMatchObject([{ stage: 'send', reason: 'media.missing' }])
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toHaveLength(2)
  })

  it('waits for a knowledge base that is away like for a model', async () => {
    let isUp = false
    const pipeline = await answered({
      knowledge: {
        async find() {
          if (!isUp) throw new AppError('knowledge.unavailable', 'away', { retryable: true })
          return { passages: [], isAssigned: true }
        },
      },
    })
    expect(pipeline.texts()).toEqual([])
    isUp = true
    await pipeline.passTime()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual(['answer 1'])
  })
})

describe('links in an answer', () => {
  it.each([
    { what: 'nobody named', answer: 'https://evil.com/x', over: {}, isKept: false },
    { what: 'the customer wrote', answer: 'https://a.com/x', over: {}, isKept: true },
    {
      what: 'the operator allows',
      answer: 'https://shop.com/x',
      over: { settings: { answer: answerSettings.parse({ links: ['shop.com'] }) } },
      isKept: true,
    },
    {
      what: 'a passage holds',
      answer: 'https://b.com/y',
      over: {
        knowledge: {
          find: async () => ({
            passages: [{ id: 'p', title: '', text: '见 https://b.com/y', score: 1 }],
            isAssigned: true,
          }),
        },
      },
      isKept: true,
    },
  ])('are kept or left out: one that $what', async ({ answer, over, isKept }) => {
    const pipeline = await answered({
      sync: pagesOf([customerText('看 https://a.com/x')]),
      createWriter,
      answer: async () => `请看 ${answer} 谢谢`,
      ...over,
    })
    expect(pipeline.texts()[0]?.includes(answer)).toBe(isKept)
    expect(pipeline.log.lines.some(({ name }) => name === 'reply.links-omitted')).toBe(!isKept)
  })

  it('are kept when an earlier answer was allowed to name them', async () => {
    let isKnown = true
    const pipeline = await answered({
      sync: pageAfterPage([customerText('a')], [customerText('b')]),
      createWriter,
      answer: async () => '请看 https://b.com/y',
      knowledge: {
        find: async () => ({
          passages: isKnown ? [{ id: 'p', title: '', text: 'https://b.com/y' }] : [],
          isAssigned: true,
        }),
      },
    })
    isKnown = false
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual(['请看 https://b.com/y', '请看 https://b.com/y'])
  })
})

describe('a long answer', () => {
  async function* pieces(...texts: string[]) {
    for (const words of texts) {
      for (let at = 0; at < words.length; at += 40) yield words.slice(at, at + 40)
      yield '\n\n'
    }
  }
  const streamed = (options: PipelineOptions) => answered({ createWriter, stream: () => pieces(...LONG), ...options })

  it('goes out while the rest is being written', async () => {
    const seen: string[][] = []
    const pipeline = await createPipeline({
      sync: pagesOf([customerText('a')]),
      createWriter,
      async *stream() {
        for (const words of LONG) {
          yield* pieces(words)
          seen.push(pipeline.texts())
        }
      },
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(seen.at(-1)).toEqual([LONG[0]])
    expect(pipeline.texts()).toEqual([LONG[0], `${LONG[1]}\n\n${LONG[2]}`])
    expect(await pipeline.database.all('select state, from_seq, upto_seq from reply')).toEqual([
      { state: 'closed', from_seq: 1, upto_seq: 1 },
    ])
    expect(await pipeline.database.all('select sent_since from conversation')).toEqual([{ sent_since: 2 }])
    expect(await pipeline.database.all(`select 1 as one from reply_part where kind = 'open'`)).toEqual([])
  })

  it.each([
    { what: 'the account wants it whole', over: { settings: { answer: answerSettings.parse({ stream: false }) } } },
    { what: 'the desk wants it whole', over: { desk: { consider: async () => ({ kind: 'ask', whole: true }) } } },
    { what: 'one message is all there may be', over: { settings: { answer: answerSettings.parse({ maxParts: 1 }) } } },
  ])('is kept to its end when $what', async ({ over }) => {
    const pipeline = await streamed(over as PipelineOptions)
    expect(pipeline.texts()).toEqual([LONG.join('\n\n')])
  })

  it('never takes more messages than the platform does', async () => {
    const pipeline = await createPipeline({
      sync: pagesOf([customerText('a')]),
      createWriter,
      stream: () => pieces(...LONG, ...LONG, ...LONG),
    })
    await pipeline.pull()
    await pipeline.database.run('update conversation set sent_since = 2')
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toHaveLength(2)
    expect(pipeline.texts().join('')).toContain(LONG[2])
  })

  it('is not thrown away any more once its beginning is out; what came meanwhile is answered after', async () => {
    const pages = [[customerText('a')], [customerText('b')]]
    let pulls = 0
    const pipeline = await createPipeline({
      sync: async () => ({ messages: pages[pulls++] ?? [], nextCursor: String(pulls), hasMore: false }),
      createWriter,
      async *stream({ turns }) {
        if (turns.length > 1) return yield '第二个回答'
        yield* pieces(LONG[0], LONG[1])
        await pipeline.pull()
        yield LONG[2]
      },
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    await pipeline.sweep()
    expect(pipeline.texts()).toEqual([LONG[0], `${LONG[1]}\n\n${LONG[2]}`, '第二个回答'])
    expect(await pipeline.database.all('select discarded from conversation')).toEqual([{ discarded: 0 }])
  })

  it('is thrown away when more came before its beginning is out', async () => {
    const pages = [[customerText('a')], [customerText('b')]]
    let pulls = 0
    const pipeline = await createPipeline({
      sync: async () => ({ messages: pages[pulls++] ?? [], nextCursor: String(pulls), hasMore: false }),
      createWriter,
      async *stream({ turns }) {
        if (turns.length === 1) await pipeline.pull()
        yield* pieces(...LONG.map((words) => `${turns.length}${words}`))
      },
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts().join('')).not.toContain(`1${LONG[0]}`)
    expect(pipeline.texts()[0]).toBe(`2${LONG[0]}`)
  })

  it('is written on by the model after it was cut off', async () => {
    const pipeline = await streamed({
      async *stream({ begun }) {
        if (begun !== undefined) return yield `${begun.slice(-12)}续写的内容。`
        yield* pieces(LONG[0], LONG[1])
        throw unavailable()
      },
    })
    expect(pipeline.texts()).toEqual([LONG[0], '续写的内容。'])
    expect(pipeline.asked[1]?.begun).toBe(LONG[0])
    expect(pipeline.asked[1]?.turns.map((turn) => turn.text)).toEqual(['a', 'b'])
    expect(await pipeline.database.all('select state from reply')).toEqual([{ state: 'closed' }])
  })

  it('is written on to what a tap on a menu stands for, not to its label', async () => {
    const queries: string[] = []
    const pipeline = await streamed({
      sync: pagesOf([customerText('怎么退货'), platformEvent({ event_type: 'enter_session' })]),
      knowledge: {
        async find({ question }) {
          queries.push(question)
          return { passages: [], isAssigned: true }
        },
      },
      async *stream({ begun }) {
        if (begun !== undefined) return yield '续写的内容。'
        yield* pieces(LONG[0], LONG[1])
        throw unavailable()
      },
      desk: {
        consider: async () => ({ kind: 'ask', question: '退货的步骤' }),
        restate: () => '退货的步骤',
      },
    })
    expect(pipeline.texts()).toEqual([LONG[0], '续写的内容。'])
    expect(queries).toEqual(['退货的步骤', '退货的步骤'])
    expect(pipeline.asked.map(({ turns }) => turns.map((turn) => turn.text))).toEqual([['退货的步骤'], ['退货的步骤']])
  })

  it('is concluded by the desk when it was written on, too', async () => {
    const drafts: DraftToConclude[] = []
    const pipeline = await streamed({
      async *stream({ begun }) {
        if (begun !== undefined) return yield '续写的内容。'
        yield* pieces(LONG[0], LONG[1])
        throw unavailable()
      },
      desk: {
        async conclude(draft) {
          drafts.push(draft)
          return { kind: 'send', append: [text('现在是休息时间')] }
        },
      },
    })
    expect(drafts).toMatchObject([{ verdict: 'answered', isBegun: true, text: expect.stringContaining('续写的内容') }])
    expect(pipeline.texts()).toEqual([LONG[0], '续写的内容。', '现在是休息时间'])
  })

  it('goes to a person when whoever writes on finds no answer', async () => {
    const handedOver: string[] = []
    const pipeline = await streamed({
      async *stream({ begun }) {
        if (begun !== undefined) return yield 'NO_ANSWER'
        yield* pieces(LONG[0], LONG[1])
        throw unavailable()
      },
      desk: {
        conclude: async ({ verdict }) => ({ kind: 'hand-over', cause: verdict, contents: [text('转人工')] }),
        async handOver(_claim, cause) {
          handedOver.push(cause)
          return { kind: 'handed-over' }
        },
      },
    })
    expect(pipeline.texts()).toEqual([LONG[0], '转人工'])
    expect(handedOver).toEqual(['no_answer'])
  })

  it('is guarded as a whole when somebody writes on', async () => {
    const secret = '你是一家公司的微信客服助手，在微信里回答客户。回答方式：用客户使用的语言回答；客户用中文就用中文。'
    const beginning = `${'字'.repeat(160)}${secret.slice(0, 22)}`
    const pipeline = await streamed({
      async *stream({ begun }) {
        if (begun !== undefined) return yield secret.slice(22)
        yield* pieces(`${beginning}\n\n`, LONG[1])
        throw unavailable()
      },
    })
    expect(pipeline.texts()).toEqual([beginning, expect.stringContaining('没有可靠的答案')])
    expect(await pipeline.parked.list(9)).toMatchObject([{ stage: 'needs_person', reason: 'secret' }])
    expect(pipeline.log.lines.filter(({ name }) => name === 'reply.secret-kept')).toHaveLength(1)
  })

  it('ends as it is when nobody writes on, before anything that follows, and a person is told', async () => {
    const pipeline = await streamed({
      sync: pageAfterPage([customerText('a')], [customerText('b')]),
      async *stream({ turns }) {
        if (turns.at(-1)?.text === 'b') return yield '第二个回答'
        yield* pieces(LONG[0], LONG[1])
        throw unavailable()
      },
    })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual([LONG[0]])
    await pipeline.passTime()
    await pipeline.handlers.reply(CONV)
    await pipeline.database.run('update reply_part set created_at = created_at - 5 * 60000')
    await pipeline.passTime()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual([LONG[0], '第二个回答'])
    expect(pipeline.asked.map(({ begun }) => begun !== undefined)).toEqual([false, true, true, true, false])
    expect(await pipeline.database.all('select distinct state from reply')).toEqual([{ state: 'closed' }])
    expect(await pipeline.parked.list(9)).toMatchObject([{ stage: 'needs_person', reason: 'ended-short' }])
    expect(await pipeline.due.take(['reply'])).toEqual([])
  })

  it('lets nothing of NO_ANSWER out though it was begun, and the desk takes it from there', async () => {
    const drafts: DraftToConclude[] = []
    const pipeline = await streamed({
      async *stream() {
        yield* pieces(LONG[0], LONG[1])
        yield 'NO_ANSWER'
      },
      desk: {
        async conclude(draft) {
          drafts.push(draft)
          return { kind: 'say', contents: [text('转人工')] }
        },
      },
    })
    expect(drafts).toMatchObject([{ verdict: 'no_answer', isBegun: true }])
    expect(pipeline.texts()).toEqual([LONG[0], '转人工'])
  })

  it('keeps what follows behind a beginning that waits to be sent', async () => {
    let fails = 1
    const pipeline = await streamed({
      async send() {
        fails -= 1
        if (fails >= 0) throw unreachable()
      },
    })
    expect(pipeline.texts()).toEqual([])
    await pipeline.passTime()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.texts()).toEqual([LONG[0], `${LONG[1]}\n\n${LONG[2]}`])
  })

  it('ends with its beginning when the platform will have none of it', async () => {
    const pipeline = await streamed({
      send: async () => {
        throw new AppError('wecom.refused', 'no', { retryable: false, details: { errcode: 95002, action: 'drop' } })
      },
    })
    expect(await pipeline.database.all('select no, state from reply_part order by no')).toEqual([
      { no: 0, state: 'failed' },
      { no: 1, state: 'cancelled' },
    ])
    expect(await pipeline.database.all('select sent_since from conversation')).toEqual([{ sent_since: 0 }])
    expect(await pipeline.parked.countOpen()).toBe(1)
  })
})

describe('a long conversation', () => {
  const many = Array.from({ length: 30 }, (_, no) => [customerText(`第${no}句${'话'.repeat(300)}`)])

  it('is told within its budget, the newest of it, and is to be summed up', async () => {
    const pipeline = await createPipeline({ sync: pageAfterPage(...many) })
    for (const _ of many) {
      await pipeline.pull()
      await pipeline.handlers.reply(CONV)
    }
    const turns = pipeline.asked.at(-1)?.turns ?? []
    expect(turns.length).toBeLessThan(50)
    expect(turns.at(-1)?.text).toContain('第29句')
    expect(pipeline.summarised.length).toBeGreaterThan(0)
    expect(pipeline.summarised.length).toBeLessThan(20)
  })

  it('is told by its summary and what came after it', async () => {
    const pipeline = await createPipeline({ sync: pageAfterPage([customerText('旧')], [customerText('新')]) })
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    await pipeline.database.run(`update conversation set summary = '客户说过旧事', summary_seq = 1`)
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
    expect(pipeline.asked[1]).toMatchObject({ summary: '客户说过旧事', turns: [{ text: '新' }] })
  })
})
