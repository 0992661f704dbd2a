import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createReadScanned } from '../../../../../bridge/parse/documents/read-scanned.ts'
import { DEFAULT_LIMITS } from '../../../../../bridge/parse/documents/reading.ts'
import type { PictureReading } from '../../../../../bridge/parse/pictures/picture-reading.ts'
import { createParsePool, type ParsePool } from '../../../../../bridge/parse/worker/parse-pool.ts'
import { isMissing } from '../../../../support/available-servers.ts'
import { createRecordingLogger } from '../../../../support/recording-logger.ts'
import { makeScreenshot } from '../fixtures/make-picture.ts'
import { makeScan, type ScannedPage } from '../fixtures/make-scan.ts'

const LINES = ['退货政策第一条', '七天无理由退货', '订单号 88123456']
const signal = new AbortController().signal

let pool: ParsePool
let picture: Uint8Array
beforeAll(async () => {
  pool = createParsePool({ log: createRecordingLogger() })
  picture = await makeScreenshot({ lines: LINES, format: 'png' })
})
afterAll(() => pool.close())

const scan = (...pages: Partial<ScannedPage>[]) => makeScan(pages.map((page) => ({ picture, form: 'jpeg', ...page })))

const forms: readonly (readonly [what: string, page: Partial<ScannedPage>])[] = [
  ['a photograph (JPEG)', {}],
  ['grey', { form: 'grey' }],
  ['black and white', { form: 'bitonal' }],
  ['a stencil', { form: 'mask' }],
  ['a fax (group 4)', { form: 'fax' }],
  ['JPEG 2000', { form: 'jpeg2000' }],
  ['stored on its side', { form: 'grey', rotate: 90 }],
  ['stored upside down', { form: 'grey', rotate: 180 }],
  ['stored on its other side', { form: 'grey', rotate: 270 }],
]

// Drawing Chinese letters needs the fonts that come with the browser's entry.
describe.skipIf(isMissing('chromium') || isMissing('ffmpeg'))('a scanned PDF', { timeout: 60_000 }, () => {
  it.each(forms)('that is %s is read', async (_what, page) => {
    const reading = await createReadScanned(pool)({ bytes: await scan(page) }, signal)
    expect(reading).toMatchObject({
      outcome: 'read',
      kind: 'pdf',
      notes: ['共 1 页', '扫描的页是从图片里认出的文字，可能有错字'],
    })
    const text = reading.outcome === 'read' ? reading.text : ''
    expect(text.replaceAll(' ', '')).toBe(`第1页（认出的文字）\n${LINES.join('\n').replaceAll(' ', '')}`)
  })

  it('with the line of a scanner program on it keeps both', async () => {
    const reading = await createReadScanned(pool)({ bytes: await scan({ watermark: '扫描全能王 创建' }) }, signal)
    expect(reading.outcome === 'read' && reading.text).toMatch(/^扫描全能王 创建\n\n第 1 页（认出的文字）\n退货政策/)
  })
})

describe('what is recognized', () => {
  const seen = (text: string): PictureReading => ({ outcome: 'seen', width: 1, height: 1, text })
  const fake = (answers: (index: number) => PictureReading) => {
    const asked: number[] = []
    const readPicture: ParsePool['readPicture'] = async (source) => {
      asked.push(source.bytes instanceof Uint8Array ? source.bytes.length : source.bytes)
      return answers(asked.length - 1)
    }
    return { asked, pool: { read: pool.read, readPicture } }
  }

  it('goes by pages, their pictures from the top, and stops at the limit', async () => {
    const bytes = await scan({ strips: 2 }, {}, {})
    const { pool: reader, asked } = fake((index) => seen(`文字${index}`))
    const reading = await createReadScanned(reader, { maxPages: 2 })({ bytes }, signal)
    expect(asked).toHaveLength(3)
    expect(reading).toMatchObject({
      text: '第 1 页（认出的文字）\n文字0\n文字1\n\n第 2 页（认出的文字）\n文字2',
      notes: ['共 3 页，只认了前 2 页', expect.stringContaining('可能有错字')],
      isPartial: true,
    })
  })

  it('stops when it took long enough', async () => {
    const { pool: reader, asked } = fake(() => seen('字'))
    const reading = await createReadScanned(reader, { enoughMs: -1 })({ bytes: await scan({}, {}) }, signal)
    expect(asked).toHaveLength(1)
    expect(reading).toMatchObject({ notes: [expect.stringContaining('只认了前 1 页'), expect.anything()] })
  })

  it('is taken a few pages at a time where there are many, and told page by page', async () => {
    const bytes = await scan(...Array.from({ length: 23 }, () => ({})))
    const { pool: reader, asked } = fake((index) => seen(`文字${index + 1}`))
    const told: string[] = []
    const onPage = (...about: [string, number, number]) => void told.push(about.join())
    const options = { maxPages: 23, isWhole: true, onPage }
    const reading = await createReadScanned(reader, options)({ bytes, name: 'a.pdf' }, signal)
    expect(asked).toHaveLength(23)
    expect(reading).toMatchObject({ outcome: 'read', isPartial: false })
    expect(reading.outcome === 'read' && reading.text).toMatch(/^第 1 页（认出的文字）\n文字1\n[\s\S]*文字23$/)
    expect([told.length, told[0], told[22]]).toEqual([23, 'a.pdf,1,23', 'a.pdf,23,23'])
  })

  it('is not begun where all of it is wanted and there is too much', async () => {
    const bytes = await scan({}, {}, {})
    const { pool: reader, asked } = fake(() => seen('字'))
    const reading = await createReadScanned(reader, { maxPages: 2, isWhole: true })({ bytes }, signal)
    expect([reading, asked]).toEqual([{ outcome: 'unread', kind: 'pdf', reason: 'too-long' }, []])
  })

  it.each([
    ['a page that could not be read', 2, {}],
    ['words that are cut off', 3, { maxChars: 30 }],
  ])('is not all of it with %s', async (_what, readable, options) => {
    const bytes = await scan({}, {}, {})
    const { pool: reader } = fake((index) =>
      index < readable ? seen('字'.repeat(20)) : { outcome: 'unseen', reason: 'too-heavy' },
    )
    const reading = await createReadScanned(reader, options)({ bytes }, signal)
    expect(reading).toMatchObject({ outcome: 'read', isPartial: true })
  })

  it.each([
    ['nothing', () => seen('')],
    ['a picture that can not be decoded', (): PictureReading => ({ outcome: 'unseen', reason: 'broken' })],
  ])('being %s leaves a scan', async (_what, answer) => {
    const reading = await createReadScanned(fake(answer).pool)({ bytes: await scan({}) }, signal)
    expect(reading).toMatchObject({ outcome: 'unread', kind: 'pdf', reason: 'scanned' })
    expect(reading).not.toHaveProperty('scans')
  })

  it('is an enclosure in a document of words, and no title page with a picture behind it', async () => {
    const words = Array.from({ length: 3 }, () => '这一页有足够多的文字不需要再看图片了').join('')
    const { pool: reader, asked } = fake(() => seen('字'))
    const bytes = await scan(
      { watermark: '封面' },
      { watermark: words },
      { watermark: words },
      {},
      { watermark: words },
    )
    const reading = await createReadScanned(reader)({ bytes }, signal)
    expect(asked).toHaveLength(1)
    expect(reading).toMatchObject({
      text: expect.stringContaining('第 4 页（认出的文字）\n字'),
      notes: ['共 5 页', '扫描的页是从图片里认出的文字，可能有错字'],
    })
  })

  it('leaves further empty pages said to be empty', async () => {
    const words = Array.from({ length: 3 }, () => '这一页有足够多的文字不需要再看图片了').join('')
    const bytes = await scan(
      ...Array.from({ length: 5 }, () => ({ watermark: words })),
      ...Array.from({ length: 5 }, () => ({})),
    )
    const reading = await createReadScanned(fake(() => seen('字')).pool)({ bytes }, signal)
    expect(reading).toMatchObject({ notes: ['共 10 页', '有 2 页没有文字，可能是图片', expect.anything()] })
  })

  it('is every page without words where they are all wanted', async () => {
    const words = Array.from({ length: 3 }, () => '这一页有足够多的文字不需要再看图片了').join('')
    const bytes = await scan(
      ...Array.from({ length: 5 }, () => ({ watermark: words })),
      ...Array.from({ length: 5 }, () => ({})),
    )
    const { pool: reader, asked } = fake(() => seen('字'))
    const limits = { ...DEFAULT_LIMITS, maxEmptyPages: 200 }
    const reading = await createReadScanned(reader)({ bytes }, signal, { limits })
    expect(asked).toHaveLength(5)
    expect(reading).toMatchObject({ notes: ['共 10 页', expect.stringContaining('可能有错字')], isPartial: false })
  })

  it('is taken out page by page, so that a thick document needs no more memory than a page', async () => {
    const large = await sharp({ create: { width: 2480, height: 3508, channels: 3, background: '#fff' } })
      .png()
      .toBuffer()
    const bytes = await scan(...Array.from({ length: 10 }, () => ({ picture: large })))
    const reading = await pool.read({ bytes }, signal)
    expect(reading.scans?.pictures.map(({ page }) => page)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  }, 30_000)

  it('is no logo on a page of words', async () => {
    const words = Array.from({ length: 3 }, () => '这一页有足够多的文字不需要再看图片了').join('')
    const { pool: reader, asked } = fake(() => seen('字'))
    const reading = await createReadScanned(reader)({ bytes: await scan({ watermark: words }) }, signal)
    expect(asked).toHaveLength(0)
    expect(reading).toMatchObject({ outcome: 'read', text: words, notes: ['共 1 页'] })
  })
})
