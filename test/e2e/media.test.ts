import { randomUUID } from 'node:crypto'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { docxTable, makeDocx, paragraph } from '../integration/bridge/parse/fixtures/make-office.ts'
import { makeGbkPdf } from '../integration/bridge/parse/fixtures/make-pdf.ts'
import { makeScreenshot, ORDER_LINES } from '../integration/bridge/parse/fixtures/make-picture.ts'
import type { BridgeProcess } from '../support/bridge-process.ts'
import { askedTexts, type ModelRequest } from '../support/stand-in-model.ts'
import { type Stack, startStack } from '../support/start-stack.ts'
import { waitUntil } from '../support/wait-until.ts'

const PARSE_WAIT_MS = 2_000

describe('what a customer sends beside words', () => {
  let stack: Stack
  let bridge: BridgeProcess
  let screenshot: Uint8Array

  beforeAll(async () => {
    screenshot = await makeScreenshot({ lines: ORDER_LINES })
    stack = await startStack({
      model: { reply: (body) => `收到：${askedTexts(body).join('、')}` },
      env: { BURST_QUIET_MS: '100', BURST_MAX_WAIT_MS: '500', PARSE_WAIT_MS: String(PARSE_WAIT_MS) },
    })
    bridge = await stack.startBridge()
    await bridge.ready()
  })
  afterAll(() => stack?.stop())

  const newCustomer = () => stack.simulator.addCustomer({ name: randomUUID().slice(0, 8) }).externalUserId
  const addFile = (filename: string, bytes: Uint8Array, type: 'image' | 'file' = 'file') =>
    stack.simulator.addMedia({ type, filename, base64: Buffer.from(bytes).toString('base64') }).mediaId
  const send = (externalUserId: string, msgtype: string, body: object) =>
    stack.simulator.customerSends({ externalUserId, msgtype, body })
  const answers = (externalUserId: string) =>
    stack.simulator.delivered().flatMap((record) => (record.externalUserId === externalUserId ? [record.text] : []))
  const untilAnswered = async (externalUserId: string, words: string, timeoutMs = 20_000) => {
    const found = await waitUntil(() => answers(externalUserId).find((text) => text.includes(words)), {
      what: `an answer that knows ${words}\n${bridge.output().slice(-3000)}`,
      timeoutMs,
    })
    return found
  }
  const asked = (words: string): ModelRequest | undefined =>
    stack.model.requests.findLast((body) => askedTexts(body).some((text) => text.includes(words)))
  const downloads = () => stack.simulator.calls()['media/get'] ?? 0
  const files = async () =>
    (await readdir(join(stack.folder, 'data/media'), { recursive: true }).catch(() => [])).filter((name) =>
      /\/[0-9a-f]{64}$/.test(name),
    )

  it('is answered from what stands in a picture, which a model that sees is shown', async () => {
    const customer = newCustomer()
    send(customer, 'image', { media_id: addFile('a.jpg', screenshot, 'image') })
    const answer = await untilAnswered(customer, '2026112233445566718')
    expect(answer).toContain('¥2459.30')
    expect(answer).toContain('SF1234567890113')
    const parts = asked('2026112233445566718')?.messages.flatMap(({ content }) =>
      Array.isArray(content) ? content : [],
    )
    expect(parts?.filter(({ type }) => type === 'image_url')).toHaveLength(1)
    expect(JSON.stringify(parts)).toContain('data:image/jpeg;base64,')
  })

  it('is answered from a file, under the name that it has', async () => {
    const customer = newCustomer()
    const docx = makeDocx(paragraph('保修条款') + docxTable([['型号 K9', '保修两年']]))
    send(customer, 'file', { media_id: addFile('../条款 2026.docx', docx) })
    const answer = await untilAnswered(customer, '保修两年')
    expect(answer).toContain('条款 2026.docx')
    expect(answer).not.toContain('../')
  })

  it('is answered from all that is in a forwarded record, nested ones included, whatever one entry does', async () => {
    const customer = newCustomer()
    const entry = (sender_name: string, content: object) => ({
      ...{ send_time: 1665649618, sender_name, msgtype: 'text' },
      msg_content: JSON.stringify(content),
    })
    const media = (type: string, media_id: string) => ({ msgtype: type, [type]: { media_id } })
    const inner = {
      title: '里面的记录',
      item: [
        entry('丙', media('file', addFile('说明.pdf', makeGbkPdf(['安装说明第一步'])))),
        entry('丁', { msgtype: 'text', text: { content: '收到' } }),
      ],
    }
    send(customer, 'merged_msg', {
      title: '甲和乙的聊天记录',
      item: [
        entry('甲', { msgtype: 'text', text: { content: '这是截图' } }),
        entry('甲', media('image', addFile('b.jpg', screenshot, 'image'))),
        entry('乙', media('image', 'long-gone')),
        entry('乙', { msgtype: 'merged_msg', merged_msg: inner }),
      ],
    })
    await untilAnswered(customer, '2026112233445566718')
    const seen = askedTexts(asked('甲和乙的聊天记录') ?? { model: '', messages: [] }).join('\n')
    expect(seen).toMatch(/甲（2022-10-13 16:26）：这是截图\n {0,2}甲（2022-10-13 16:26）：【图片】/)
    expect(seen).toContain('乙（2022-10-13 16:26）：[图片]（发来已超过三天')
    expect(seen).toMatch(/丙（.{16}）：【文件】说明\.pdf[\s\S]*安装说明第一步[\s\S]*丁（.{16}）：收到/)
  })

  it('is answered honestly when the platform has it no more', async () => {
    const customer = newCustomer()
    send(customer, 'file', { media_id: 'expired' })
    await untilAnswered(customer, '发来已超过三天，平台不再提供')
  })

  it('is answered twice when it is slow: at once, and from its content as soon as that is known', async () => {
    const customer = newCustomer()
    stack.simulator.addFault({ endpoint: 'media/get', action: { kind: 'delay', ms: PARSE_WAIT_MS + 2_500 }, times: 1 })
    const startedAt = performance.now()
    send(customer, 'file', { media_id: addFile('慢.pdf', makeGbkPdf(['慢慢来的内容'])) })
    await untilAnswered(customer, '仍在读取中')
    expect(performance.now() - startedAt).toBeLessThan(PARSE_WAIT_MS + 2_500)
    await untilAnswered(customer, '慢慢来的内容')
    expect(answers(customer)).toHaveLength(2)
  })

  it('costs no attempt while the platform is away', async () => {
    const customer = newCustomer()
    stack.simulator.addFault({ endpoint: 'media/get', action: { kind: 'status', status: 502 }, times: 2 })
    send(customer, 'file', { media_id: addFile('a.pdf', makeGbkPdf(['中断之后的内容'])) })
    await untilAnswered(customer, '中断之后的内容')
    expect(bridge.output()).toMatch(/wecom\.unreachable.*parse\.retry/)
    expect(bridge.output()).not.toContain('parse.parked')
  })

  it('is not lost while the disk takes nothing', async () => {
    const customer = newCustomer()
    const folder = join(stack.folder, 'data/media/new')
    await rm(folder, { recursive: true, force: true })
    await writeFile(folder, 'no folder, so nothing can be written')
    send(customer, 'file', { media_id: addFile('a.pdf', makeGbkPdf(['磁盘恢复之后的内容'])) })
    await waitUntil(() => /media\.disk.*parse\.retry/.test(bridge.output()), { what: 'it is tried again' })
    await rm(folder)
    await untilAnswered(customer, '磁盘恢复之后的内容')
  })

  it('is answered once, and brought once, when the bridge is killed while it reads', async () => {
    const customer = newCustomer()
    const picture = await makeScreenshot({ lines: ['唯一的一张图', '编号 5566778899'] })
    const [before, calls] = [(await files()).length, downloads()]
    send(customer, 'image', { media_id: addFile('c.jpg', picture, 'image') })
    await waitUntil(async () => (await files()).length > before, { what: 'it is on the disk', everyMs: 2 })
    await bridge.kill('SIGKILL')
    expect(answers(customer)).toEqual([])
    bridge = await stack.startBridge()
    await bridge.ready()
    await untilAnswered(customer, '5566778899')
    expect(answers(customer)).toHaveLength(1)
    // Killed between the file and its row, it is brought again; not more often.
    expect(downloads() - calls).toBeLessThanOrEqual(2)
  })

  it('is gone from the model’s view once it is recalled', async () => {
    const customer = newCustomer()
    const picture = await makeScreenshot({ lines: ['撤回的图片', '编号 1122334455'] })
    const msgid = send(customer, 'image', { media_id: addFile('d.jpg', picture, 'image') }).msgid
    await untilAnswered(customer, '1122334455')
    stack.simulator.customerRecalls({ externalUserId: customer, msgid })
    stack.simulator.customerWrites({ externalUserId: customer, text: '刚才那个不算' })
    await untilAnswered(customer, '刚才那个不算')
    const last = asked('刚才那个不算')
    const fromCustomer = last?.messages.filter(({ role }) => role === 'user')
    expect(JSON.stringify(fromCustomer)).not.toContain('1122334455')
    expect(JSON.stringify(fromCustomer)).not.toContain('image_url')
  })

  it('never shows up in a log', () => {
    expect(bridge.output()).not.toMatch(/1122334455|说明\.pdf|条款 2026|access_token=/)
  })
})
