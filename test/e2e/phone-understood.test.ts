/**
 * Everything that a customer can send, sent by hand on the phone page, and answered from what is in it: through the real Worker, the real
 * bridge with its readers, and a model that says what it was told.
 */
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeDocx, makeXlsx, paragraph } from '../integration/bridge/parse/fixtures/make-office.ts'
import { makeScreenshot } from '../integration/bridge/parse/fixtures/make-picture.ts'
import { makeScan } from '../integration/bridge/parse/fixtures/make-scan.ts'
import { makeAmr, makeMp4 } from '../integration/bridge/parse/fixtures/make-sound.ts'
import { chapters, printPdf } from '../integration/bridge/parse/fixtures/print-pdf.ts'
import { isMissing } from '../support/available-servers.ts'
import type { BridgeProcess } from '../support/bridge-process.ts'
import { launchBrowser } from '../support/browser.ts'
import { type StandInAsr, startStandInAsr } from '../support/stand-in-asr.ts'
import { askedTexts } from '../support/stand-in-model.ts'
import { type Stack, startStack } from '../support/start-stack.ts'

const ANSWER_MS = 30_000
const SCREEN = { lines: ['订单编号 20261122334455', '实付款 ¥199.50'], format: 'png' as const }

let browser: Browser
let stack: Stack
let asr: StandInAsr
let bridge: BridgeProcess
let page: Page

const lacks = isMissing('chromium') || isMissing('ffmpeg') || isMissing('sox')

describe.skipIf(lacks)('on the phone page', { timeout: ANSWER_MS * 2 }, () => {
  beforeAll(async () => {
    ;[browser, asr] = await Promise.all([launchBrowser(), startStandInAsr()])
    stack = await startStack({
      simulator: { accounts: [{ name: '小店客服' }], customers: [{ name: '小雨' }, { name: '老李' }] },
      model: { reply: (body) => `听懂了：${askedTexts(body).join('；').slice(0, 500)}` },
      env: {
        BURST_QUIET_MS: '0',
        ASR_API_KEY: 'key',
        ASR_BASE_URL: `${asr.baseUrl}/v1`,
      },
    })
    bridge = await stack.startBridge()
    await bridge.ready()
    page = await browser.newPage({ viewport: { width: 1200, height: 800 }, locale: 'zh-CN' })
    page.setDefaultTimeout(15_000)
    await page.goto(stack.simulator.url)
    await page.getByRole('button', { name: '小雨' }).click()
  })
  afterAll(async () => {
    await browser?.close()
    await stack?.stop()
    await asr?.close()
  })

  const answers = (): Locator => page.locator('.row:not(.mine) .bubble')

  /** Does it, and waits for an answer with all of these words. */
  const answered = async (send: () => Promise<void>, words: readonly string[]) => {
    const before = await answers().count()
    await send()
    await expect
      .poll(async () => (await answers().allTextContents()).slice(before).join('\n'), { timeout: ANSWER_MS })
      .toSatisfy((text: string) => words.every((word) => text.replaceAll(' ', '').includes(word)))
  }
  const pick = async (label: string) => {
    await page.getByLabel('更多消息类型', { exact: true }).first().click()
    await page.getByRole('button', { name: label, exact: true }).click()
  }
  const choose = async (label: string, name: string, mimeType: string, bytes: Uint8Array) => {
    const chooser = page.waitForEvent('filechooser')
    await pick(label)
    await (await chooser).setFiles({ name, mimeType, buffer: Buffer.from(bytes) })
  }
  const confirm = async () => {
    await page.getByRole('button', { name: '确定' }).click()
    await page.locator('dialog#ask').waitFor({ state: 'hidden' })
  }

  it('words are answered', async () => {
    const box = page.getByLabel('输入消息')
    await answered(async () => {
      await box.fill('保温杯还有吗')
      await box.press('Enter')
    }, ['保温杯还有吗'])
  })

  const files: readonly (readonly [string, string, string, string, () => Promise<Uint8Array>, readonly string[]])[] = [
    ['a screenshot', '图片', '截图.png', 'image/png', () => makeScreenshot(SCREEN), ['20261122334455', '¥199.50']],
    ['a voice', '语音', 'a.amr', 'audio/amr', async () => makeAmr([{ hertz: 440, seconds: 2 }]), ['我要退货']],
    [
      'a film',
      '视频',
      '开箱.mp4',
      'video/mp4',
      async () =>
        makeMp4({ pictures: [await makeScreenshot(SCREEN)], tones: [{ hertz: 660, seconds: 2 }], seconds: 2 }),
      ['订单什么时候发货', '¥199.50'],
    ],
    [
      'a PDF as Chromium prints it',
      '文件',
      '手册.pdf',
      'application/pdf',
      () => printPdf(chapters(1)),
      ['手册.pdf', '客户服务手册规定，工作日内必须答复客户的提问'],
    ],
    [
      'a scanned PDF',
      '文件',
      '扫描.pdf',
      'application/pdf',
      async () => makeScan([{ picture: await makeScreenshot(SCREEN), form: 'jpeg' }]),
      ['20261122334455'],
    ],
    ['a Word document', '文件', '保修.docx', '', async () => makeDocx(paragraph('整机保修两年')), ['整机保修两年']],
    [
      'a workbook',
      '文件',
      '报价.xlsx',
      '',
      async () => makeXlsx([{ name: '报价', rows: [['键盘', 199.5]] }]),
      ['键盘', '199.5'],
    ],
  ]

  it.each(files)('%s is answered from what is in it', async (_what, label, name, type, make, words) => {
    const bytes = await make()
    await answered(() => choose(label, name, type, bytes), words)
  })

  const cards: readonly (readonly [label: string, words: readonly string[]])[] = [
    ['位置', ['广州塔', '阅江西路']],
    ['链接', ['秋季新品上架']],
    ['小程序', ['会员中心']],
    ['名片', ['zhangsan']],
    ['商品', ['保温杯', '99.00']],
    ['订单', ['3705115058471208928', '¥99.00', '待发货']],
    ['视频号', ['视频号']],
    ['菜单', ['退换货']],
    ['聊天记录', ['这款还有货吗', '保温杯', '马克杯', '月底到货']],
  ]

  it.each(cards)('%s is answered from what is in it', async (label, words) => {
    await answered(async () => {
      await pick(label)
      await confirm()
    }, words)
  })

  it.each([
    ['会议', '会议'],
    ['日程', '日程'],
    ['笔记', '笔记'],
  ])('%s, of which the platform gives nothing, is answered honestly', async (label, word) => {
    await answered(() => pick(label), [word, '看不到'])
  })

  it('a voice that can not be heard is answered with a request for words, and kept for people', async () => {
    asr.behave({ kind: 'status', status: 401 })
    await page.getByRole('button', { name: '老李' }).click()
    await expect.poll(() => answers().count()).toBe(0)
    await answered(
      () => choose('语音', 'b.amr', 'audio/amr', makeAmr([{ hertz: 880, seconds: 1 }])),
      ['暂时听不了', '改发文字'],
    )
    await expect.poll(async () => (await fetch(`${bridge.url}/metrics`)).text()).toMatch(/^kefu_parked\b.* 1$/m)
  })
})
