/**
 * The phone page in a real browser, beside a bot of forty lines that knows nothing of this project: the platform's npm package
 * for callbacks, plain HTTP for calls. What it proves holds for any program that speaks to WeCom.
 */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decrypt, getSignature } from '@wecom/crypto'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createSimulator, type Simulator } from '../simulator/create-simulator.ts'
import { launchBrowser } from '../support/browser.ts'

const CORP_ID = 'wwphonepage'
const SECRET = 'phone-page-secret'
const TOKEN = 'phonePageToken'
const AES_KEY = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C'
const DESKTOP = { width: 1200, height: 800 }
const PHONE = { width: 375, height: 720 }
/** Screenshots go here when it is set. */
const SHOTS = process.env.PHONE_PAGE_SHOTS

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser?.close())

/** Answers each text with `收到：…`; `sends` says how often, so that it can be made to overdo it. */
async function startBot(simulator: Simulator, sends = 1): Promise<{ url: string; stop: () => Promise<void> }> {
  const api = async (path: string, body: object) => {
    const tokenAnswer = await fetch(`${simulator.apiBase}/gettoken?corpid=${CORP_ID}&corpsecret=${SECRET}`)
    const { access_token } = (await tokenAnswer.json()) as { access_token: string }
    const response = await fetch(`${simulator.apiBase}/${path}?access_token=${access_token}`, {
      method: 'POST',
      body: JSON.stringify(body),
    })
    return (await response.json()) as Record<string, unknown>
  }
  const cursors = new Map<string, unknown>()
  let last = Promise.resolve()
  const pull = async (openKfId: string, token: string) => {
    const cursor = cursors.get(openKfId)
    const page = await api('kf/sync_msg', { open_kfid: openKfId, token, ...(cursor === undefined ? {} : { cursor }) })
    cursors.set(openKfId, page.next_cursor)
    for (const entry of page.msg_list as { external_userid: string; msgtype: string; text?: { content: string } }[]) {
      if (entry.msgtype === 'event') continue
      for (let i = 0; i < sends; i += 1) {
        const text = { content: `收到：${entry.text?.content ?? `[${entry.msgtype}]`}` }
        await api('kf/send_msg', { open_kfid: openKfId, touser: entry.external_userid, msgtype: 'text', text })
      }
    }
  }
  const server: Server = createServer(async (request, response) => {
    const query = new URL(request.url ?? '', 'http://bot').searchParams
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const ciphertext = /<Encrypt><!\[CDATA\[(.*?)\]\]>/.exec(body)?.[1] ?? ''
    const signature = getSignature(TOKEN, query.get('timestamp') ?? '', query.get('nonce') ?? '', ciphertext)
    if (signature !== query.get('msg_signature')) return void response.writeHead(403).end()
    response.end('success')
    const { message } = decrypt(AES_KEY, ciphertext)
    const field = (name: string) => new RegExp(`<${name}><!\\[CDATA\\[(.*?)\\]\\]>`).exec(message)?.[1] ?? ''
    last = last.then(() => pull(field('OpenKfId'), field('Token')))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = async () => {
    if (!server.listening) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  onTestFinished(stop)
  // A server that listens on a port has an address of this form.
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`, stop }
}

async function start({ sends = 1, modelLabel = '' } = {}) {
  const simulator = await createSimulator({
    corpId: CORP_ID,
    secret: SECRET,
    callback: { token: TOKEN, aesKey: AES_KEY },
    accounts: [{ name: '小店客服' }],
    customers: [{ name: '小雨' }, { name: '老李' }],
    modelLabel,
    switches: { callbackGapsMs: [50, 50] },
  })
  onTestFinished(() => simulator.close())
  const bot = await startBot(simulator, sends)
  await simulator.setCallback({ url: bot.url })
  return { simulator, bot }
}

/** Fails the test on any error of the page, a refused script among them. */
async function open(simulator: Simulator, viewport = DESKTOP): Promise<Page> {
  const context = await browser.newContext({ viewport, locale: 'zh-CN' })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  onTestFinished(async () => {
    await context.close()
    expect(errors).toEqual([])
  })
  page.setDefaultTimeout(15_000)
  await page.goto(simulator.url)
  await page.getByRole('button', { name: '小雨' }).waitFor()
  return page
}

const write = async (page: Page, text: string) => {
  await page.getByLabel('输入消息').fill(text)
  await page.getByLabel('输入消息').press('Enter')
}
const answers = (page: Page) => page.locator('.row:not(.mine) .bubble')
const shoot = async (page: Page, name: string) => {
  if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/${name}.png` })
}
// As text: the tests are checked without the browser's types.
const OVERFLOWING = `[...document.querySelectorAll('body, body *')].filter((node) => {
  const box = node.getBoundingClientRect()
  if (box.width === 0 || getComputedStyle(node).visibility !== 'visible') return false
  return box.right > innerWidth + 1 || box.left < -1
}).map((node) => node.tagName + '.' + node.className)`
const overflow = (page: Page) => page.evaluate<string[]>(OVERFLOWING)

describe('the phone page', () => {
  it('a customer types and the answer appears', async () => {
    const { simulator } = await start()
    const page = await open(simulator)
    await write(page, '你好，在吗？')
    await answers(page).getByText('收到：你好，在吗？').waitFor()
    expect(await page.locator('.row.mine .bubble').allTextContents()).toEqual(['你好，在吗？'])
    await page.locator('#session').getByText('智能助手接待').waitFor()
    expect(await page.locator('#trouble').isVisible()).toBe(false)
    await shoot(page, 'answered')
  })

  it('Shift+Enter makes a new line and Enter sends it', async () => {
    const { simulator } = await start()
    const page = await open(simulator)
    const box = page.getByLabel('输入消息')
    await box.pressSequentially('第一行')
    await box.press('Shift+Enter')
    await box.pressSequentially('第二行')
    await box.press('Enter')
    await answers(page).first().waitFor()
    expect(simulator.written()).toMatchObject([{ text: '第一行\n第二行' }])
    expect(await box.inputValue()).toBe('')
  })

  it('shows what was refused and why', async () => {
    const { simulator } = await start({ sends: 6 })
    const page = await open(simulator)
    await write(page, '说六遍')
    await page.locator('.note.refused').waitFor()
    expect(await page.locator('.note.refused').allTextContents()).toEqual([
      expect.stringMatching(/被平台拒绝（95001）：.*5 条/),
    ])
    await page.getByRole('button', { name: '工具', exact: true }).click()
    await page.locator('#log-lines').getByText('95001').waitFor()
    await shoot(page, 'refused')
  })

  it('never runs what a customer or a bot wrote', async () => {
    const { simulator } = await start()
    const page = await open(simulator)
    const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    await write(page, hostile)
    await answers(page).first().waitFor()
    expect(await page.locator('.row.mine .bubble').textContent()).toBe(hostile)
    expect(await page.locator('.bubble img, .bubble script').count()).toBe(0)
    expect(await page.title()).toBe('微信客服 · 模拟手机')
  })

  it('shows what no program should send, and goes on', async () => {
    const { simulator } = await start()
    const page = await open(simulator)
    const externalUserId = simulator.overview().customers[0]?.externalUserId ?? ''
    const bodies: [string, unknown][] = [
      ['msgmenu', { list: [null, 7] }],
      ['merged_msg', { item: [{ msg_content: 'null' }, { msg_content: '{' }] }],
      ['link', { url: 'http://[', title: 7 }],
      ['file', null],
      ['location', 'nowhere'],
      ['channels_shop_product', { sales_price: {} }],
      ['__proto__', {}],
    ]
    for (const [msgtype, body] of bodies) simulator.customerSends({ externalUserId, msgtype, body })
    await write(page, '还在吗')
    await answers(page).getByText('收到：还在吗').waitFor()
    expect(await page.locator('.row.mine').count()).toBe(bodies.length + 1)
    expect(await page.locator('#trouble').isVisible()).toBe(false)
  })

  it('says in plain words when nobody takes the callbacks, and stops when it works again', async () => {
    const { simulator, bot } = await start()
    const page = await open(simulator)
    await bot.stop()
    await write(page, '有人吗')
    await page.locator('#trouble').getByText('已经放弃').waitFor()
    expect(await page.locator('#trouble').textContent()).toMatch(/回调没有送达：连接不上.*请检查.*http/)
    await shoot(page, 'unreachable')
    const next = await startBot(simulator)
    await simulator.setCallback({ url: next.url })
    await write(page, '现在呢')
    await answers(page).getByText('收到：现在呢').waitFor()
    expect(await page.locator('#trouble').isVisible()).toBe(false)
  })

  it('keeps customers apart, counts what is unread, and adds one', async () => {
    const { simulator } = await start()
    const page = await open(simulator)
    await write(page, '我是小雨')
    await answers(page).getByText('收到：我是小雨').waitFor()
    const other = simulator.overview().customers[1]?.externalUserId ?? ''
    simulator.customerWrites({ externalUserId: other, text: '我是老李' })
    await page.locator('.customer', { hasText: '老李' }).locator('.unread').waitFor()
    expect(await answers(page).allTextContents()).toEqual(['收到：我是小雨'])
    await page.locator('.customer', { hasText: '老李' }).click()
    await answers(page).getByText('收到：我是老李').waitFor()
    expect(await page.locator('.row.mine .bubble').allTextContents()).toEqual(['我是老李'])
    expect(await page.locator('.unread').count()).toBe(0)

    await page.getByLabel('新增客户').click()
    await page.getByLabel('称呼').fill('王芳')
    await page.getByRole('button', { name: '确定' }).click()
    await page.locator('.customer[aria-current=true]', { hasText: '王芳' }).waitFor()
    await write(page, '我是王芳')
    await answers(page).getByText('收到：我是王芳').waitFor()
  })

  it('shows the same chat after a reload', async () => {
    const { simulator } = await start()
    const page = await open(simulator)
    await write(page, '记得我吗')
    await answers(page).getByText('收到：记得我吗').waitFor()
    await page.reload()
    await answers(page).getByText('收到：记得我吗').waitFor()
    expect(await page.locator('.row').count()).toBe(2)
  })

  it('sends the other kinds of messages', async () => {
    const { simulator } = await start()
    const page = await open(simulator)
    const pick = async (label: string) => {
      await page.getByLabel('更多消息类型', { exact: true }).first().click()
      await page.getByRole('button', { name: label, exact: true }).click()
    }
    for (const label of ['位置', '链接', '聊天记录', '从链接进入']) {
      await pick(label)
      await page.getByRole('button', { name: '确定' }).click()
      await page.locator('dialog').waitFor({ state: 'hidden' })
    }
    for (const [label, name, type] of [
      ['图片', 'a.png', 'image/png'],
      ['语音', 'a.amr', 'audio/amr'],
      ['视频', 'a.mp4', 'video/mp4'],
      ['文件', '报价.pdf', 'application/pdf'],
    ] as const) {
      const chooser = page.waitForEvent('filechooser')
      await pick(label)
      // One pixel, so that the page's picture loads without an error.
      const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
      const before = simulator.written().length
      await (await chooser).setFiles({ name, mimeType: type, buffer: Buffer.from(pixel, 'base64') })
      await expect.poll(() => simulator.written().length).toBe(before + 1)
    }
    expect(simulator.written().map(({ msgtype }) => msgtype)).toEqual([
      'location',
      'link',
      'merged_msg',
      'image',
      'voice',
      'video',
      'file',
    ])
    const { item = [] } = (simulator.written()[2]?.body ?? {}) as { item?: Record<string, string>[] }
    expect(item.map(({ msgtype, sender_name }) => [msgtype, sender_name])).toEqual([
      ['text', '小李'],
      ['image', '小王'],
      ['file', '小王'],
      ['merged_msg', '小李'],
    ])
    expect(item[0]?.msg_content).toBe('{"msgtype":"text","text":{"content":"这款还有货吗？"}}')
    await answers(page).getByText('收到：[file]').waitFor()
    await shoot(page, 'kinds')
  })

  it('a tap on a menu is the customer’s message', async () => {
    const { simulator } = await start()
    const page = await open(simulator)
    const touser = simulator.overview().customers[0]?.externalUserId
    await write(page, '菜单')
    await answers(page).first().waitFor()
    const { access_token } = (await (
      await fetch(`${simulator.apiBase}/gettoken?corpid=${CORP_ID}&corpsecret=${SECRET}`)
    ).json()) as { access_token: string }
    await fetch(`${simulator.apiBase}/kf/send_msg?access_token=${access_token}`, {
      method: 'POST',
      body: JSON.stringify({
        touser,
        open_kfid: simulator.overview().accounts[0]?.openKfId,
        msgtype: 'msgmenu',
        msgmenu: { head_content: '满意吗？', list: [{ type: 'click', click: { id: '101', content: '满意' } }] },
      }),
    })
    await page.getByRole('button', { name: '满意', exact: true }).click()
    await answers(page).getByText('收到：满意').waitFor()
    expect(simulator.written().at(-1)?.body).toEqual({ content: '满意', menu_id: '101' })
  })

  it('keeps the newest in sight', async () => {
    const { simulator } = await start()
    const page = await open(simulator)
    for (let i = 0; i < 12; i += 1) {
      await write(page, `第 ${i} 条`)
      await answers(page).getByText(`收到：第 ${i} 条`).waitFor()
    }
    const gap = () =>
      page.locator('#messages').evaluate((node) => node.scrollHeight - node.scrollTop - node.clientHeight)
    await expect.poll(gap).toBeLessThan(5)
    // Somebody who reads further up is left there.
    await page.locator('#messages').evaluate((node) => node.scrollTo(0, 0))
    await page.evaluate('new Promise(requestAnimationFrame)')
    simulator.customerWrites({ externalUserId: simulator.overview().customers[0]?.externalUserId ?? '', text: '最新' })
    await answers(page).getByText('收到：最新').waitFor()
    expect(await gap()).toBeGreaterThan(200)
  })

  it('says when the answers come from a stand-in', async () => {
    const { simulator } = await start({ modelLabel: '当前回答来自替身模型，不是真的 AI' })
    const page = await open(simulator)
    await page.getByRole('note').getByText('替身模型').waitFor()
    simulator.setModelLabel({ label: '' })
    await page.getByRole('note').waitFor({ state: 'hidden' })
  })

  it('fits a phone of 375 px', async () => {
    const { simulator } = await start({ sends: 6, modelLabel: '当前回答来自替身模型，不是真的 AI' })
    const page = await open(simulator, PHONE)
    expect(await overflow(page)).toEqual([])
    await shoot(page, 'phone-list')
    await page.getByRole('button', { name: '小雨' }).click()
    await write(page, `很长的网址 https://example.com/${'a'.repeat(200)} 和${'一二三四五六七八九十'.repeat(12)}`)
    await page.locator('.note.refused').waitFor()
    expect(await overflow(page)).toEqual([])
    await shoot(page, 'phone-chat')
    await page.getByLabel('更多消息类型', { exact: true }).first().click()
    expect(await overflow(page)).toEqual([])
    await shoot(page, 'phone-panel')
    await page.getByRole('button', { name: '工具', exact: true }).click()
    expect(await overflow(page)).toEqual([])
    await shoot(page, 'phone-log')
    await page.getByLabel('关闭工具').click()
    await page.getByLabel('返回客户列表').click()
    await page.getByRole('button', { name: '老李' }).click()
    await page.locator('.empty').waitFor()
  })
})
