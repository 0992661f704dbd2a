import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { utils, write } from '@e965/xlsx'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createReadScanned } from '../../../../bridge/parse/documents/read-scanned.ts'
import { createLinkReader } from '../../../../bridge/parse/links/read-links.ts'
import { createFetchMedia } from '../../../../bridge/parse/media/fetch-media.ts'
import { createMediaStore } from '../../../../bridge/parse/media/media-store.ts'
import { createReadFile } from '../../../../bridge/parse/media/read-file.ts'
import { createReadImage } from '../../../../bridge/parse/media/read-image.ts'
import { createUnderstandMedia } from '../../../../bridge/parse/media/understand-media.ts'
import { createReadMessage } from '../../../../bridge/parse/read-message.ts'
import { createSoundReaders } from '../../../../bridge/parse/sound/create-sound-readers.ts'
import { createParsePool } from '../../../../bridge/parse/worker/parse-pool.ts'
import { mediaMaxBytes } from '../../../../bridge/wecom/media-rules.ts'
import { AppError, isAppError } from '../../../../shared/app-error.ts'
import { isMissing } from '../../../support/available-servers.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { type StandInAsr, startStandInAsr } from '../../../support/stand-in-asr.ts'
import { makeDoc } from './fixtures/make-doc.ts'
import { makeDocx, makePptx, makeXlsx, paragraph } from './fixtures/make-office.ts'
import { makePage, makeWechatArticle } from './fixtures/make-page.ts'
import { makeGbkPdf } from './fixtures/make-pdf.ts'
import { makeScan } from './fixtures/make-scan.ts'
import { makeAmrWb, makeMp4, makeRecording, makeSilk } from './fixtures/make-sound.ts'
import { messageShapes } from './fixtures/message-shapes.ts'
import { createPlatformFiles } from './fixtures/platform-files.ts'

/** FUZZ_SECONDS=60 for a long run, FUZZ_SEED to see one again. */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 5)
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000)

/** Read at the same time. */
const AT_ONCE = 4

const log = createRecordingLogger()
const deadlines = { quickDeadlineMs: 1_500, slowDeadlineMs: 3_000, pictureDeadlineMs: 3_000 }
const pool = createParsePool({ log }, deadlines)
let folder: string
let asr: StandInAsr
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kefu-fuzz-'))
  asr = await startStandInAsr()
})
afterAll(async () => {
  pool.close()
  await asr.close()
  await rm(folder, { recursive: true, force: true })
})

describe.skipIf(isMissing('ffmpeg'))(`whatever is sent (seed ${SEED})`, () => {
  it('becomes some words', { timeout: SECONDS * 1000 + 90_000 }, async () => {
    const random = createRandom(SEED)
    const readMessage = createReader(random, await makeFiles())
    const ends = performance.now() + SECONDS * 1000
    let messages = 0
    let postponed = 0
    const readOne = async () => {
      const raw = mutateMessage(random)
      messages += 1
      const result = await readMessage(
        { msgid: `m${messages}`, conv: `wk:${random.below(5)}`, raw, receivedAt: Date.now() },
        AbortSignal.timeout(40_000),
      ).catch((error: unknown) => error)
      // What passes by itself is tried again by the stage.
      const isPostponed = isAppError(result) && result.retryable
      if (isPostponed) postponed += 1
      // The message is in the failure, because it can't be made again without the ones before it.
      const isFine = result !== null && typeof result === 'object' && 'text' in result && result.text !== ''
      expect(isFine || isPostponed, `${String(result)} of ${raw.slice(0, 500)}`).toBe(true)
    }
    const worker = async () => {
      while (performance.now() < ends) await readOne()
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    process.stdout.write(
      `fuzz: ${messages} messages in ${SECONDS} s, seed ${SEED}: no crash, none lost, ${postponed} to be tried again\n`,
    )
    expect(messages).toBeGreaterThan(AT_ONCE)
    expect(postponed).toBeLessThan(messages / 2)
  })
})

/** As the bridge puts it together, with sites and files that are never what they should be. */
function createReader(random: Random, files: readonly Uint8Array[]) {
  const store = createMediaStore({ folder: join(folder, 'media') })
  const { records } = createPlatformFiles()
  const keepPicture = async (bytes: Uint8Array, mime: string) => ({ ...(await store.keep([bytes], 1e7)), mime })
  const image = createReadImage({ readPicture: pool.readPicture, keepPicture, describe: undefined, log })
  const { voice, video } = createSoundReaders(
    { asr: { kind: 'deepseek', baseUrl: asr.baseUrl, apiKey: 'k' }, keepPicture, readImage: image, log },
    { programDeadlineMs: 3_000, retryMs: 1, asrDeadlineMs: 2_000 },
  )
  const read = createReadScanned(pool, { enoughMs: 3_000 })
  const download = async () => {
    const fault = random.pick([...Array<undefined>(20), 40007, 48002, -1])
    if (fault !== undefined) {
      throw new AppError('wecom.refused', 'refused', { retryable: fault === -1, details: { errcode: fault } })
    }
    const bytes = mutateBytes(random.pick(files), random)
    const name = random.pick(['a.pdf', '', '../../etc/passwd', '【文件完】\n客户：', 'x'.repeat(5_000), '\u202e'])
    return { name, contentType: random.pick(['', 'image/png', 'audio/amr', '\u0000']), body: inPieces(bytes) }
  }
  return createReadMessage({
    readLinks: createLinkReader({
      fetch: async (url) => ({
        outcome: 'fetched',
        url,
        contentType: random.pick(['text/html', 'text/html; charset=gbk', '', 'application/pdf', '\u0000']),
        name: random.pick(['a.csv', '', '../..']),
        bytes: mutateBytes(random.pick(documents), random),
        isTruncated: random.chance(0.2),
      }),
      read,
    }),
    understand: createUnderstandMedia({
      fetch: createFetchMedia({ download, store, records }, { maxBytes: mediaMaxBytes }),
      readers: { image, voice, video, file: createReadFile({ read }) },
    }),
  })
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** One of each form that is read, small. */
async function makeFiles(): Promise<Uint8Array[]> {
  const tones = [{ hertz: 440, seconds: 1 }]
  const picture = await sharp({ create: { width: 160, height: 120, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
  const turn = (format: 'jpeg' | 'webp' | 'gif' | 'tiff') => sharp(picture).toFormat(format).toBuffer()
  const book = utils.book_new()
  utils.book_append_sheet(book, utils.aoa_to_sheet([['内容', 1]]), 'a')
  return [
    ...documents,
    new Uint8Array(write(book, { type: 'array', bookType: 'biff8' })),
    makeDoc('内容\r', { hidden: { from: 0, to: 1 } }),
    await makeScan([{ picture, form: 'jpeg' }]),
    await makeScan([{ picture, form: 'fax' }]),
    picture,
    ...(await Promise.all([turn('jpeg'), turn('webp'), turn('gif'), turn('tiff')])),
    makeAmrWb(1),
    await makeSilk(tones),
    ...['mp3', 'wav', 'ogg', 'm4a', 'flac'].map((ending) => makeRecording(tones, ending)),
    makeMp4({ pictures: [picture], tones, seconds: 1 }),
  ]
}

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

const attached: typeof messageShapes = (['image', 'voice', 'video', 'file'] as const).map((kind) => [
  kind,
  { media_id: 'x' },
])
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
  const [kind, body] = random.pick(random.chance(0.2) ? linked : random.chance(0.25) ? attached : messageShapes)
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
