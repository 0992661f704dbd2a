import { afterAll, describe, expect, it } from 'vitest'
import { describeMedia } from '../../../../bridge/parse/describe-media.ts'
import { createLinkReader } from '../../../../bridge/parse/links/read-links.ts'
import { createReadMessage } from '../../../../bridge/parse/read-message.ts'
import { createParsePool } from '../../../../bridge/parse/worker/parse-pool.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { makeDocx, makePptx, makeXlsx, paragraph } from './fixtures/make-office.ts'
import { makePage, makeWechatArticle } from './fixtures/make-page.ts'
import { makeGbkPdf } from './fixtures/make-pdf.ts'
import { messageShapes } from './fixtures/message-shapes.ts'

/** FUZZ_SECONDS=60 for a long run, FUZZ_SEED to see one again. */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 3)
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000)

const pool = createParsePool({ log: createRecordingLogger() }, { quickDeadlineMs: 1_500, slowDeadlineMs: 3_000 })
afterAll(() => pool.close())

describe(`whatever is sent (seed ${SEED})`, () => {
  it('becomes some words', { timeout: SECONDS * 1000 + 60_000 }, async () => {
    const random = createRandom(SEED)
    const readMessage = createReadMessage({
      readLinks: createLinkReader({
        fetch: async (url) => ({
          outcome: 'fetched',
          url,
          contentType: random.pick(['text/html', 'text/html; charset=gbk', '', 'application/pdf', '\u0000']),
          name: random.pick(['a.csv', '', '../..']),
          bytes: mutateBytes(random.pick(documents), random),
          isTruncated: random.chance(0.2),
        }),
        read: pool.read,
      }),
      understand: async ({ kind }) => describeMedia(kind),
    })
    const ends = performance.now() + SECONDS * 1000
    let messages = 0
    while (performance.now() < ends) {
      const raw = mutateMessage(random)
      const result = await readMessage(
        { msgid: `m${messages}`, conv: 'wk:a', raw, receivedAt: Date.now() },
        AbortSignal.timeout(20_000),
      ).catch((error: unknown) => error)
      messages += 1
      // The message is in the failure, because it can't be made again without the ones before it.
      const isFine = result !== null && typeof result === 'object' && 'text' in result && result.text !== ''
      expect(isFine, `${String(result)} of ${raw.slice(0, 500)}`).toBe(true)
    }
    process.stdout.write(`fuzz: ${messages} messages in ${SECONDS} s, seed ${SEED}: no crash, none lost\n`)
    expect(messages).toBeGreaterThan(SECONDS * 10)
  })
})

const documents = [
  makeGbkPdf(['第一页', '第二页']),
  makeDocx(paragraph('内容')),
  makeXlsx([{ name: 'a', rows: [['内容', 1]] }]),
  makePptx([{ paragraphs: ['内容'] }]),
  makePage('<nav>首页</nav><p>内容</p><table><tr><td>a</td></tr></table>'),
  makeWechatArticle('标题', '<p>内容</p>'),
  Buffer.from('a,b\n"c,d",e\n'),
  Buffer.from('{"a":[1,2,{"b":null}]}'),
]

const linked: typeof messageShapes = [['text', { content: '看看 https://a.test/1 和 https://a.test/2' }]]

type Random = ReturnType<typeof createRandom>

function createRandom(seed: number) {
  let state = seed * 2654435761 + 1
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (count: number) => Math.floor(next() * count)
  return {
    below,
    chance: (share: number) => next() < share,
    pick: <T>(values: readonly T[]): T => values[below(values.length)] as T,
  }
}

const oddValues: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  '',
  '\u0000',
  '\ud800',
  '【网页完】',
  '\u202e\u200b',
  'https://a.test/x',
  'https://a.test/1 https://a.test/2 https://a.test/3 https://a.test/4',
  'http://[::1',
  'x'.repeat(50_000),
  [],
  {},
  [[[[[]]]]],
  { __proto__: null, constructor: { prototype: {} } },
  Array.from({ length: 500 }, () => ({ sender_name: 'a', msg_content: '{"msgtype":"merged_msg"}' })),
]

function mutateMessage(random: Random): string {
  const [kind, body] = random.pick(random.chance(0.2) ? linked : messageShapes)
  const message: Record<string, unknown> = { msgid: 'm', origin: 3, msgtype: kind, [kind]: structuredClone(body) }
  for (let times = random.below(4); times > 0; times -= 1) mutateValue(message, random)
  const raw = JSON.stringify(message)
  return random.chance(0.2) ? Buffer.from(mutateBytes(Buffer.from(raw), random)).toString('utf8') : raw
}

/** One value somewhere within, or one name. */
function mutateValue(target: Record<string, unknown>, random: Random): void {
  const name = random.pick(Object.keys(target))
  if (name === undefined) return
  const value = target[name]
  const what = random.below(10)
  if (typeof value === 'object' && value !== null && random.chance(0.8)) {
    mutateValue(value as Record<string, unknown>, random)
  } else if (what === 0) delete target[name]
  else if (what === 1) target[random.pick(['__proto__', 'constructor', 'toString', '', 'msgtype'])] = value
  else target[name] = structuredClone(random.pick(oddValues))
}

function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const out = Uint8Array.from(bytes)
  for (let times = random.below(12); times > 0; times -= 1) out[random.below(out.length)] = random.below(256)
  if (random.chance(0.2)) return out.slice(0, random.below(out.length))
  if (random.chance(0.1)) return Uint8Array.from([...out, ...out])
  return out
}
