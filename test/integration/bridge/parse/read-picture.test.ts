import sharp from 'sharp'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { createDescribePicture } from '../../../../bridge/parse/media/describe-picture.ts'
import type { PictureSource, PictureWishes } from '../../../../bridge/parse/pictures/picture-reading.ts'
import { createParsePool } from '../../../../bridge/parse/worker/parse-pool.ts'
import { isMissing } from '../../../support/available-servers.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { startStandInModel } from '../../../support/stand-in-model.ts'
import { makeScreenshot, ORDER_LINES, type Screenshot } from './fixtures/make-picture.ts'

const log = createRecordingLogger()
const pool = createParsePool({ log })
afterAll(() => pool.close())

const read = (source: PictureSource, wishes: PictureWishes = { jpegSide: 1280, text: true }) =>
  pool.readPicture(source, wishes, AbortSignal.timeout(30_000))
const words = async (source: PictureSource) => {
  const reading = await read(source, { text: true })
  return reading.outcome === 'seen' ? (reading.text ?? '') : reading.reason
}
const blank = (width: number, height: number, channels: 3 | 4 = 3) =>
  sharp({ create: { width, height, channels, background: '#808080' }, limitInputPixels: false })

// Chromium's Chinese fonts.
describe.skipIf(isMissing('chromium'))('the letters of a screenshot', () => {
  const must = [
    '订单编号：2026112233445566718',
    '¥199.10 x1',
    '¥39.90 x2',
    '¥0.00',
    '¥2459.30',
    '2026-11-21 18:36:05',
    'SF1234567890113',
    '¥1,288.00',
  ]

  it.each<[string, Partial<Screenshot>]>([
    ['of a computer', {}],
    ['of a phone, sent as a large JPEG', { width: 1170, size: 46 }],
    ['of a phone at night', { width: 1080, size: 42, isDark: true }],
    ['made small', { width: 560, size: 16 }],
    ['in another font, as WebP', { font: 'Noto Serif CJK SC', format: 'webp' }],
  ])('%s keep its numbers and amounts', async (_what, how) => {
    const text = await words({ bytes: await makeScreenshot({ lines: ORDER_LINES, ...how }) })
    expect(must.filter((one) => !text.includes(one))).toEqual([])
    // Of 元 the Latin model makes a 7.
    expect(text).toMatch(/¥88\.5 ?元/)
  })

  it('are read in a transparent picture, and in one that stands on its side', async () => {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="120"><text x="20" y="70" font-family="Noto Sans CJK SC" font-size="36">订单编号 5566778899</text></svg>`
    expect(await words({ bytes: new Uint8Array(await sharp(Buffer.from(svg)).png().toBuffer()) })).toContain(
      '5566778899',
    )
    const upright = await sharp(Buffer.from(svg)).flatten({ background: '#fff' }).jpeg().toBuffer()
    // As a phone stores it: turned, with a note of how to turn it back.
    const turned = await sharp(upright).rotate(270).withMetadata({ orientation: 6 }).jpeg().toBuffer()
    const reading = await read({ bytes: new Uint8Array(turned) })
    expect(reading).toMatchObject({ outcome: 'seen', width: 600, height: 120 })
    expect(reading.outcome === 'seen' && reading.text).toContain('5566778899')
  })

  it('are read from pixels', async () => {
    const { data, info } = await sharp(await makeScreenshot({ lines: ['编号 5566778899'] }))
      .raw()
      .toBuffer({ resolveWithObject: true })
    const pixels = { width: info.width, height: info.height, channels: 3 } as const
    expect(await words({ bytes: new Uint8Array(data), pixels })).toContain('5566778899')
  })
})

describe('a picture', () => {
  it('is made small, upright and opaque, without what a camera wrote into it', async () => {
    const photo = await blank(3000, 2000)
      .withExif({ IFD0: { Copyright: 'SECRET-PLACE' } })
      .jpeg()
      .toBuffer()
    expect(photo.includes('SECRET-PLACE')).toBe(true)
    const reading = await read({ bytes: new Uint8Array(photo) }, { jpegSide: 1280 })
    if (reading.outcome !== 'seen' || reading.jpeg === undefined) throw new Error('no picture')
    expect(await sharp(reading.jpeg).metadata()).toMatchObject({ format: 'jpeg', width: 1280, height: 853 })
    expect(Buffer.from(reading.jpeg).includes('SECRET-PLACE')).toBe(false)
    expect(reading).not.toHaveProperty('text')
  })

  it('is not made larger', async () => {
    const reading = await read({ bytes: new Uint8Array(await blank(100, 80).png().toBuffer()) }, { jpegSide: 1280 })
    if (reading.outcome !== 'seen' || reading.jpeg === undefined) throw new Error('no picture')
    expect(await sharp(reading.jpeg).metadata()).toMatchObject({ width: 100, height: 80 })
  })

  it('has no words when there are none', async () => {
    expect(await words({ bytes: new Uint8Array(await blank(400, 300).png().toBuffer()) })).toBe('')
  })

  const svg = (content: string) =>
    Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99">${content}</svg>`)
  it.each<[string, () => Promise<Uint8Array> | Uint8Array, string]>([
    ['that is a program (SVG)', () => svg('<script>1</script>'), 'unsupported'],
    ['that includes a file (SVG)', () => svg('<image href="file:///etc/passwd" width="9" height="9"/>'), 'unsupported'],
    ['that is a PDF', () => Buffer.from('%PDF-1.4\n1 0 obj'), 'unsupported'],
    ['that is text', () => Buffer.from('P3\n1 1\n255\n0 0 0'), 'unsupported'],
    ['with no bytes', () => new Uint8Array(), 'broken'],
    ['with more pixels than any has', () => blank(30_000, 3_000).png().toBuffer(), 'too-large'],
    ['that says it is enormous', () => hugePng(), 'too-large'],
    ['that is a line', () => blank(3_000, 2).png().toBuffer(), 'broken'],
    ['with a good head and no body', async () => (await blank(900, 900).jpeg().toBuffer()).subarray(0, 20), 'broken'],
  ])('%s is not read', async (_what, make, reason) => {
    expect(await words({ bytes: new Uint8Array(await make()) })).toBe(reason)
  })

  it('costs itself alone, whatever it does', async () => {
    const png = await makeScreenshot({ lines: ['编号 1'], format: 'png' })
    for (let round = 0; round < 30; round += 1) {
      const bytes = png.slice()
      for (let change = 0; change < 20; change += 1) bytes[(round * 7919 + change * 104_729) % bytes.length] = round * 8
      expect(['seen', 'unseen']).toContain((await read({ bytes }, { jpegSide: 100 })).outcome)
    }
    expect(await read({ bytes: png })).toMatchObject({ outcome: 'seen' })
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([])
  })
})

describe('a model that sees', () => {
  it('is shown the picture by the vendor’s protocol, and its words are taken', async () => {
    const model = await startStandInModel({ reply: () => '文字：订单 8812' })
    onTestFinished(() => model.close())
    const describePicture = createDescribePicture({ baseUrl: model.baseUrl, apiKey: 'k', model: 'deepseek-flash' })
    const picture = new Uint8Array(await blank(20, 20).jpeg().toBuffer())
    expect(await describePicture(picture, AbortSignal.timeout(10_000))).toBe('文字：订单 8812')
    expect(JSON.stringify(model.requests[0]?.messages)).toContain('data:image/jpeg;base64,/9j/')
  })

  it('that does not answer in time is not waited for', async () => {
    const model = await startStandInModel()
    onTestFinished(() => model.close())
    model.behave({ kind: 'keep-alive' })
    const options = { baseUrl: model.baseUrl, apiKey: 'k', model: 'deepseek-flash', deadlineMs: 300 }
    const asked = createDescribePicture(options)(new Uint8Array([0xff, 0xd8]), AbortSignal.timeout(10_000))
    await expect(asked).rejects.toMatchObject({ code: 'vision.unavailable' })
  })
})

/** 100,000 by 100,000 pixels in a few bytes. */
async function hugePng(): Promise<Uint8Array> {
  const png = await blank(10, 10).png().toBuffer()
  png.writeUInt32BE(100_000, 16)
  png.writeUInt32BE(100_000, 20)
  return png
}
