import { describe, expect, it } from 'vitest'
import type { Answerer, Turn } from '../../../../bridge/answer/answerer.ts'
import { answerSettings } from '../../../../bridge/settings/answer-settings.ts'
import { createSummarise } from '../../../../bridge/stages/summarise.ts'
import { ACCOUNT, CONV, createPipeline, customerText, platformEvent } from '../../../support/pipeline.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const LONG = 40

/** A conversation of so many questions and answers, and a model that sums up. */
async function createTalk(summarize?: Answerer['summarize']) {
  const asked: { before: string; turns: readonly Turn[] }[] = []
  const texts = Array.from({ length: LONG }, (_, no) => customerText(`问${no}${'话'.repeat(100)}`))
  const pages = [...texts.map((text) => [text])]
  const pipeline = await createPipeline({
    sync: async ({ cursor }) => ({
      messages: pages[Number(cursor || 0)] ?? [],
      nextCursor: String(Number(cursor || 0) + 1),
      hasMore: false,
    }),
    answer: async ({ turns }) => `答${turns.at(-1)?.text.slice(1, 3)}`,
  })
  for (const _ of texts) {
    await pipeline.pull()
    await pipeline.handlers.reply(CONV)
  }
  const answerer: Answerer = {
    name: 'test',
    async *answer() {
      yield { kind: 'verdict', verdict: 'answered' }
    },
    async summarize(before, turns, maxChars, signal) {
      asked.push({ before, turns })
      return summarize === undefined ? `概括${asked.length}` : summarize(before, turns, maxChars, signal)
    },
  }
  const shutdown = new AbortController()
  const settings = { ...pipeline.settings, answer: answerSettings.parse({ memoryTokens: 1200 }) }
  const summarise = createSummarise({
    conversations: pipeline.conversations,
    choose: () => [answerer],
    settingsOf: () => settings,
    partText: (payload) => (JSON.parse(payload) as { text: string }).text,
    log: pipeline.log,
    shutdown: shutdown.signal,
  })
  const row = () => pipeline.conversations.readForSummary(CONV)
  const done = () => waitUntil(() => pipeline.log.lines.some(({ name }) => /summar/.test(name)), { what: 'a summary' })
  return { pipeline, pages, texts, asked, row, done, sumUp: () => summarise({ conv: CONV, openKfId: ACCOUNT }) }
}

describe('createSummarise', () => {
  it('sums up all but the newest, question and answer together', async () => {
    const { asked, row, done, sumUp } = await createTalk()
    sumUp()
    await done()
    const [{ turns } = { turns: [] }] = asked
    expect(turns.length).toBeGreaterThan(40)
    expect(turns.length % 2).toBe(0)
    expect(turns.at(-1)?.role).toBe('assistant')
    expect(turns.length).toBeLessThan(2 * LONG - 4)
    expect(await row()).toMatchObject({ summary: '概括1', summarySeq: turns.at(-1)?.seq })
  })

  it('goes on from where the last one ended', async () => {
    const { pipeline, pages, asked, row, done, sumUp } = await createTalk()
    sumUp()
    await done()
    const first = await row()
    for (let no = 0; no < 20; no += 1) {
      pages.push([customerText(`新${no}${'话'.repeat(100)}`)])
      await pipeline.pull()
      await pipeline.handlers.reply(CONV)
    }
    pipeline.log.lines.splice(0)
    sumUp()
    await done()
    expect(asked[1]?.before).toBe('概括1')
    expect(asked[1]?.turns[0]?.seq).toBe((first?.summarySeq ?? 0) + 1)
    expect(await row()).toMatchObject({ summary: '概括2' })
  })

  it('is thrown away when something was recalled while it was made', async () => {
    const { pipeline, pages, texts, row, done, sumUp } = await createTalk(async () => {
      pages.push([platformEvent({ event_type: 'user_recall_msg', recall_msgid: texts[0]?.msgid })])
      await pipeline.pull()
      return '里面有撤回的话'
    })
    sumUp()
    await done()
    expect(await row()).toMatchObject({ summary: '', summarySeq: 0 })
  })

  it('is made once at a time, and its failure harms nobody', async () => {
    const { asked, row, done, sumUp } = await createTalk(async () => {
      throw new Error('away')
    })
    sumUp()
    sumUp()
    await done()
    expect(asked).toHaveLength(1)
    expect(await row()).toMatchObject({ summary: '' })
  })
})
