import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Reading } from '../../../../bridge/parse/documents/reading.ts'
import { createParsePool } from '../../../../bridge/parse/worker/parse-pool.ts'
import { isMissing } from '../../../support/available-servers.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { chapters, printPdf } from './fixtures/print-pdf.ts'

describe.skipIf(isMissing('chromium'))('a PDF that Chromium printed', () => {
  const pool = createParsePool({ log: createRecordingLogger() })
  let short: Uint8Array
  let long: Uint8Array

  beforeAll(async () => {
    short = await printPdf(
      '<h1>用户手册</h1><p>客户可以在七个工作日内提出申请，手机号和车牌号必须填写，民用长途门票见另页，风险自负，飞行途中的马、鱼、鸟、黄牛、龙和龟除外。</p><table><tr><td>项目</td><td>金额</td></tr><tr><td>运费</td><td>¥12.00</td></tr></table>',
    )
    long = await printPdf(chapters(133))
  }, 60_000)
  afterAll(() => pool.close())

  const read = (bytes: Uint8Array): Promise<Reading> => pool.read({ bytes }, AbortSignal.timeout(30_000))

  it('is read with ordinary characters, its lines joined, its title', async () => {
    const reading = await read(short)
    expect(reading).toMatchObject({ outcome: 'read', kind: 'pdf', title: '客户手册', notes: ['共 1 页'] })
    const text = reading.outcome === 'read' ? reading.text : ''
    expect(text).toMatch(/^用户手册\n/)
    expect(text).toContain(
      '客户可以在七个工作日内提出申请，手机号和车牌号必须填写，民用长途门票见另页，风险自负，飞行途中的马、鱼、鸟、黄牛、龙和龟除外。',
    )
    expect(text).toMatch(/运费 +¥12.00/)
    expect(text).not.toMatch(/[\u2e80-\u2fdf]/)
  })

  it('of 133 pages is read to the end', async () => {
    const reading = await read(long)
    expect(reading).toMatchObject({ outcome: 'read', notes: ['共 133 页'] })
    expect(reading.outcome === 'read' && reading.text).toContain('第133章')
  })
})
