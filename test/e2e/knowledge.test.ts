import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { runCli } from '../../bridge/cli/run-cli.ts'
import type { BridgeProcess } from '../support/bridge-process.ts'
import { loadKnowledge } from '../support/load-knowledge.ts'
import { type Stack, startStack } from '../support/start-stack.ts'
import { waitUntil } from '../support/wait-until.ts'

const MEDIA = expect.stringMatching(/^\S{10,}$/)
const ENTRIES = [
  { question: '怎么退货？', similar: ['不想要了能退吗'], answer: '签收后 7 天内在“我的订单”里申请。' },
  { question: '怎么安装支架？', answer: '按图安装，三步就好。', attachments: ['step.png'] },
  { question: '运费多少？', answer: '满 59 元包邮。' },
  {
    question: '会员权益有哪些？',
    answer: '会员权益请看这一页。',
    attachments: [{ type: 'link', title: '会员权益', url: 'https://shop.example.com/vip', thumb: 'step.png' }],
  },
  {
    question: '积分怎么兑换礼品？',
    answer: '请在小程序里兑换。',
    attachments: [
      {
        type: 'miniprogram',
        appId: 'wx0123456789abcdef',
        pagePath: 'pages/points.html',
        title: '兑换',
        thumb: 'step.png',
      },
    ],
  },
  { question: '有尺码表吗？', answer: '尺码表发给您。', attachments: ['尺码表.csv'] },
]

describe('a bridge with knowledge and no model', () => {
  let stack: Stack
  let bridge: BridgeProcess
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kefu-knowledge-'))
    const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
    await writeFile(join(folder, 'step.png'), picture)
    await writeFile(join(folder, '尺码表.csv'), '尺码,身高\nM,170\n')
    await writeFile(join(folder, 'faq.jsonl'), ENTRIES.map((entry) => JSON.stringify(entry)).join('\n'))
    stack = await startStack({ env: { DEEPSEEK_API_KEY: '', BURST_QUIET_MS: '50' } })
    await loadKnowledge(stack.bridgeEnv, [join(folder, 'faq.jsonl')])
    bridge = await stack.startBridge()
    await bridge.ready()
  })
  afterAll(async () => {
    await stack?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const ask = async (text: string, count: number) => {
    const { externalUserId } = stack.simulator.addCustomer({ name: randomUUID().slice(0, 8) })
    stack.simulator.customerWrites({ externalUserId, text })
    const own = () => stack.simulator.delivered().filter((record) => record.externalUserId === externalUserId)
    await waitUntil(() => own().length >= count, {
      get what() {
        return `${count} messages\n${bridge.output().slice(-3000)}`
      },
      timeoutMs: 20_000,
    })
    return own()
  }

  it('answers a question that is asked in other words', async () => {
    const [answer] = await ask('东西不喜欢，想退掉', 1)
    expect(answer?.text).toBe('签收后 7 天内在“我的订单”里申请。')
    expect(stack.model.requests).toEqual([])
  })

  it('sends the picture that goes with an answer', async () => {
    const [text, image] = await ask('支架怎么装上去', 2)
    expect(text?.text).toBe('按图安装，三步就好。')
    expect(image?.msgtype).toBe('image')
  })

  it.each([
    [
      '有什么会员权益',
      { msgtype: 'link', body: { title: '会员权益', url: 'https://shop.example.com/vip', thumb_media_id: MEDIA } },
    ],
    [
      '积分怎么兑换',
      {
        msgtype: 'miniprogram',
        body: { appid: 'wx0123456789abcdef', title: '兑换', pagepath: 'pages/points.html', thumb_media_id: MEDIA },
      },
    ],
    ['有没有尺码表', { msgtype: 'file', body: { media_id: MEDIA } }],
  ])('sends what goes with an answer as what it is: %s', async (question, sent) => {
    const [, second] = await ask(question, 2)
    expect(second).toMatchObject(sent)
  })

  it('says nothing of the knowledge where it does not know', async () => {
    const said = await ask('帮我写一首关于秋天的诗', 1)
    for (const { answer } of ENTRIES) expect(said.map(({ text }) => text).join()).not.toContain(answer)
  })

  it('answers a moment later from what is added while it runs', async () => {
    await writeFile(join(folder, 'more.csv'), '问题,答案\n可以货到付款吗？,不支持货到付款。\n')
    let said = ''
    const write = (text: string) => {
      said += text
    }
    const argv = ['knowledge', 'add', join(folder, 'more.csv')]
    expect(await runCli({ argv, env: stack.bridgeEnv, stdout: write, stderr: write })).toBe(0)
    expect(said).toContain('新增 1')
    await expect
      .poll(async () => (await ask('能收到货再给钱吗', 1))[0]?.text, { timeout: 20_000, interval: 1_000 })
      .toBe('不支持货到付款。')
  })

  // The last one: it moves the platform's clock.
  it('uploads a thumb again that the platform has forgotten', async () => {
    const thumb = ([, card]: Awaited<ReturnType<typeof ask>>) =>
      z.object({ thumb_media_id: z.string() }).parse(card?.body)
    const before = thumb(await ask('有什么会员权益', 2))
    expect(thumb(await ask('有什么会员权益', 2))).toEqual(before)
    stack.simulator.moveClock({ ms: 4 * 24 * 3_600_000 })
    expect(thumb(await ask('有什么会员权益', 2))).not.toEqual(before)
  })
})
