import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPageReader } from '../../../../bridge/parse/create-page-reader.ts'
import { isMissing } from '../../../support/available-servers.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { makeScreenshot } from './fixtures/make-picture.ts'
import { makeScan } from './fixtures/make-scan.ts'

const signal = new AbortController().signal
const LINE = '第一条 七天无理由退货。\n'
const textOf = (chars: number) => new TextEncoder().encode(LINE.repeat(Math.ceil(chars / LINE.length)))

describe('a document for the knowledge', { timeout: 60_000 }, () => {
  let reader: ReturnType<typeof createPageReader>
  beforeAll(() => {
    reader = createPageReader({ log: createRecordingLogger() }, { refusedHosts: [], name: 'kefu-edge' })
  })
  afterAll(() => reader.close())

  it('is read whole though it is longer than what is read of a customer’s', async () => {
    const reading = await reader.read({ bytes: textOf(500_000), name: 'rules.txt' }, signal)
    expect(reading.outcome === 'read' && reading.text.length).toBeGreaterThan(490_000)
  })

  it.each([
    ['too long', { bytes: textOf(2_100_000), name: 'rules.txt' }],
    ['cut off on its way', { bytes: textOf(1000), name: 'rules.txt', isTruncated: true }],
    ['a table with too many rows', { bytes: new TextEncoder().encode('品名,价格\n'.repeat(50_001)), name: 'list.csv' }],
  ])('that is %s is refused, and not read by half', async (_what, source) => {
    const reading = await reader.read(source, signal)
    expect(reading).toMatchObject({ outcome: 'unread', reason: 'too-long' })
    expect(reading.outcome === 'unread' && reader.describeUnread(reading)).toContain('可以拆成几份')
  })

  // Drawing Chinese letters needs the fonts that come with the browser's entry.
  it.skipIf(isMissing('chromium'))('that was scanned is read', async () => {
    const picture = await makeScreenshot({ lines: ['退货政策第一条', '七天无理由退货'], format: 'png' })
    const reading = await reader.read({ bytes: await makeScan([{ picture, form: 'jpeg' }]), name: 'scan.pdf' }, signal)
    expect(reading.outcome === 'read' && reading.text.replaceAll(' ', '')).toContain('七天无理由退货')
  })

  it.skipIf(isMissing('chromium'))('that is a picture is read by the words in it', async () => {
    const bytes = await makeScreenshot({ lines: ['退货政策第一条', '七天无理由退货'], format: 'png' })
    const reading = await reader.read({ bytes, name: 'notice.png' }, signal)
    expect(reading.outcome === 'read' && reading.text.replaceAll(' ', '')).toContain('七天无理由退货')
  })

  it('that is a picture without words is named', async () => {
    const bytes = await sharp({ create: { width: 200, height: 200, channels: 3, background: '#fff' } })
      .png()
      .toBuffer()
    const reading = await reader.read({ bytes, name: 'logo.png' }, signal)
    expect(reading).toMatchObject({ outcome: 'unread', kind: 'image', reason: 'scanned' })
  })

  it('that was scanned is refused when it has more pages than are read', async () => {
    const blank = { width: 40, height: 60, channels: 3, background: '#fff' } as const
    const picture = await sharp({ create: blank }).png().toBuffer()
    const pages = Array.from({ length: 201 }, () => ({ picture, form: 'grey' as const, watermark: '扫描全能王' }))
    const reading = await reader.read({ bytes: await makeScan(pages), name: 'scan.pdf' }, signal)
    expect(reading).toMatchObject({ outcome: 'unread', reason: 'too-long' })
  })
})
