/**
 * What reading costs: texts in this process, documents and pictures in the reading processes as in production. A PDF of 133 pages is
 * printed by Chromium first.
 */
import sharp from 'sharp'
import { createLinkReader } from '../../../bridge/parse/links/read-links.ts'
import { createReadMessage } from '../../../bridge/parse/read-message.ts'
import { createParsePool } from '../../../bridge/parse/worker/parse-pool.ts'
import { type Reader, startReader } from '../../../bridge/parse/worker/start-reader.ts'
import {
  docxTable,
  makeDocx,
  makePptx,
  makeXlsx,
  paragraph,
} from '../../integration/bridge/parse/fixtures/make-office.ts'
import { makeWechatArticle } from '../../integration/bridge/parse/fixtures/make-page.ts'
import { makeGbkPdf } from '../../integration/bridge/parse/fixtures/make-pdf.ts'
import { makeScreenshot, ORDER_LINES } from '../../integration/bridge/parse/fixtures/make-picture.ts'
import { chapters, printPdf } from '../../integration/bridge/parse/fixtures/print-pdf.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'
import { toPercentiles } from '../percentiles.ts'
import type { Report } from '../report.ts'

const PAGES = 133
const NOISE = { type: 'gaussian', mean: 128, sigma: 30 } as const
const signal = new AbortController().signal
const readers: Reader[] = []
const log = createRecordingLogger()
const createPool = () =>
  createParsePool({
    log,
    start(limits) {
      const reader = startReader(limits)
      readers.push(reader)
      return reader
    },
  })
const memory = () =>
  Math.round(readers.reduce((sum, reader) => sum + (reader.isAlive() ? (reader.memoryMb() ?? 0) : 0), 0))

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const startedAt = performance.now()
  const result = await work()
  return { ms: performance.now() - startedAt, result }
}

const format = (ms: number) => (ms < 10 ? ms.toFixed(3) : Math.round(ms).toString())

async function measureTexts(report: Report): Promise<void> {
  const readMessage = createReadMessage({
    readLinks: createLinkReader({ fetch: neverOpened, read: neverOpened }),
    understand: neverOpened,
  })
  const texts: [string, string][] = [
    ['20 characters', '请问这个订单什么时候可以发货呢？急用'],
    ['2,000 characters', '请问这个订单什么时候可以发货呢？'.repeat(125)],
    ['20,000 characters', '请问这个订单什么时候可以发货呢？'.repeat(1_250)],
  ]
  const rows = []
  for (const [what, content] of texts) {
    const raw = JSON.stringify({ msgtype: 'text', text: { content } })
    const message = { msgid: 'm1', conv: 'wk:a', raw, receivedAt: Date.now() }
    const times: number[] = []
    for (let round = 0; round < 2_000; round += 1) times.push((await timed(() => readMessage(message, signal))).ms)
    const { p50, p99, max } = toPercentiles(times)
    rows.push([what, format(p50), format(p99), format(max)])
  }
  report.table('A text message, ms (wanted: under 2)', ['text', 'p50', 'p99', 'worst'], rows)
}

async function measureDocuments(report: Report, longPdf: Uint8Array): Promise<void> {
  const documents: [string, Uint8Array][] = [
    [
      'PDF, 1 page, fonts not embedded',
      makeGbkPdf([Array.from({ length: 40 }, () => '客户可以在七个工作日内申请退货退款').join('\n')]),
    ],
    ['PDF, 1 page, from Chromium', await printPdf(chapters(1))],
    [
      'docx, 200 paragraphs and a table',
      makeDocx(
        paragraph('保修条款说明'.repeat(20)).repeat(200) +
          docxTable(Array.from({ length: 50 }, () => ['型号', '两年'])),
      ),
    ],
    [
      'xlsx, 2,000 rows',
      makeXlsx([{ name: 'a', rows: Array.from({ length: 2_000 }, (_row, index) => [index, '键盘', 199.5]) }]),
    ],
    ['pptx, 30 slides', makePptx(Array.from({ length: 30 }, () => ({ paragraphs: ['产品介绍', '续航十小时'] })))],
    [
      'WeChat article',
      makeWechatArticle('标题', '<section><p>满三百减五十，可以叠加优惠券。</p></section>'.repeat(300)),
    ],
    [`PDF, ${PAGES} pages, from Chromium`, longPdf],
  ]
  const rows = []
  for (const [what, bytes] of documents) {
    const pool = createPool()
    const cold = await timed(() => pool.read({ bytes }, signal))
    const warm: number[] = []
    for (let round = 0; round < (bytes === longPdf ? 3 : 20); round += 1) {
      warm.push((await timed(() => pool.read({ bytes }, signal))).ms)
    }
    const { p50, max } = toPercentiles(warm)
    const outcome = cold.result.outcome === 'read' ? `${cold.result.text.length} characters` : cold.result.reason
    rows.push([what, Math.round(bytes.length / 1024), format(cold.ms), format(p50), format(max), memory(), outcome])
    pool.close()
    readers.length = 0
  }
  report.table(
    'A document, ms (wanted: 1 page under 500, 133 pages under 10,000)',
    ['document', 'KB', 'first, process start included', 'then p50', 'worst', 'reader MB', 'read'],
    rows,
  )
}

/** Others ask for their short documents and wait for their texts all the while somebody's long one is read. */
async function measureNeighbours(report: Report, longPdf: Uint8Array): Promise<void> {
  const pool = createPool()
  const short = makeGbkPdf(['营业到九点'])
  await pool.read({ bytes: short }, signal)
  const alone: number[] = []
  for (let round = 0; round < 20; round += 1) alone.push((await timed(() => pool.read({ bytes: short }, signal))).ms)

  // So large that it goes to the slow lane at once, as most long documents are.
  const padded = Buffer.concat([longPdf, Buffer.alloc(Math.max(0, 1_100_000 - longPdf.length), ' ')])
  let isReading = true
  const long = timed(() => pool.read({ bytes: padded }, signal)).finally(() => {
    isReading = false
  })
  const beside: number[] = []
  let peak = 0
  while (isReading) {
    beside.push((await timed(() => pool.read({ bytes: short }, signal))).ms)
    peak = Math.max(peak, memory())
  }
  const { ms } = await long
  const rows = [alone, beside].map((times, index) => {
    const { count, p50, p95, max } = toPercentiles(times)
    return [
      index === 0 ? 'alone' : `beside ${PAGES} pages (${format(ms)} ms)`,
      count,
      format(p50),
      format(p95),
      format(max),
    ]
  })
  report.table('A 1-page PDF of somebody else, ms', ['when', 'count', 'p50', 'p95', 'worst'], rows)
  process.stdout.write(
    `\nboth reading processes at most ${peak} MB, this one ${Math.round(process.memoryUsage().rss / 1e6)} MB\n`,
  )
  pool.close()
}

function neverOpened(): never {
  throw new Error('a text without links opens nothing')
}

/** Screenshots of a phone and a computer, and a photograph without a word. */
async function measurePictures(report: Report): Promise<void> {
  const photo = sharp({ create: { width: 4000, height: 3000, channels: 3, background: '#888', noise: NOISE } })
  const pictures: [string, Uint8Array][] = [
    ['screenshot of an order, 820 x 576', await makeScreenshot({ lines: ORDER_LINES })],
    ['the same from a phone, 1170 x 1104', await makeScreenshot({ lines: ORDER_LINES, width: 1170, size: 46 })],
    ['at night', await makeScreenshot({ lines: ORDER_LINES, width: 1080, size: 42, isDark: true })],
    ['photograph of nothing, 12 megapixels', new Uint8Array(await photo.jpeg({ quality: 60 }).toBuffer())],
  ]
  const rows = []
  for (const [what, bytes] of pictures) {
    const pool = createPool()
    const read = () => pool.readPicture({ bytes }, { jpegSide: 1280, text: true }, signal)
    const cold = await timed(read)
    const warm: number[] = []
    for (let round = 0; round < 5; round += 1) warm.push((await timed(read)).ms)
    const { p50, max } = toPercentiles(warm)
    const seen = cold.result.outcome === 'seen' ? `${cold.result.text?.length ?? 0} characters` : cold.result.reason
    rows.push([what, Math.round(bytes.length / 1024), format(cold.ms), format(p50), format(max), memory(), seen])
    pool.close()
    readers.length = 0
  }
  report.table(
    'A picture, ms (wanted: under 2,000)',
    ['picture', 'KB', 'first, process start included', 'then p50', 'worst', 'reader MB', 'read'],
    rows,
  )
}

export async function measureParse(report: Report): Promise<void> {
  const longPdf = await printPdf(chapters(PAGES))
  await measureTexts(report)
  await measureDocuments(report, longPdf)
  await measurePictures(report)
  await measureNeighbours(report, longPdf)
}
