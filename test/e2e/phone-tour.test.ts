/**
 * A tour of the phone page: each kind of message in both directions, the servicer's side, and the tools of developers. It
 * fails when something does not appear. With PHONE_TOUR_SHOTS=1 it takes the pictures of docs/images/ on the way.
 */
import { spawnSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createSimulator, type Simulator } from '../simulator/create-simulator.ts'
import { launchBrowser } from '../support/browser.ts'

const CORP_ID = 'wwphonetour'
/** As long as a real one and more: the pages must hold it. */
const SECRET = 'phone-tour-secret'.repeat(4)
const SERVICER = 'zhangsan'
const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url))
const takesShots = process.env.PHONE_TOUR_SHOTS !== undefined
/** On the clock of the pictures, so that they do not change by themselves. */
const STARTED_AT = Date.UTC(2026, 10, 18, 2, 30)

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
  if (takesShots) await mkdir(IMAGES, { recursive: true })
})
afterAll(() => browser?.close())

async function start(): Promise<{ simulator: Simulator; api: (path: string, body: object) => Promise<Answer> }> {
  const startedAt = Date.now()
  const simulator = await createSimulator({
    corpId: CORP_ID,
    secret: SECRET,
    callback: { token: 'phoneTourToken', aesKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C' },
    accounts: [{ name: '杯子小店', servicers: [SERVICER, 'lisi'] }],
    customers: [{ name: '小雨' }, { name: '老李' }, { name: 'Alice' }],
    members: [
      { userId: SERVICER, name: '张三' },
      { userId: 'lisi', name: '李四' },
    ],
    clock: () => STARTED_AT + Date.now() - startedAt,
    switches: { lackingMsgtypeErrcode: null, callbackGapsMs: [] },
  })
  onTestFinished(() => simulator.close())
  // Nobody is behind the address: the tour plays the program's part itself.
  await simulator.setCallback({ url: `${simulator.url}/callback-of-nobody` })
  simulator.setSwitches({ lostCallbackChance: 1 })
  const tokenAnswer = await fetch(`${simulator.apiBase}/gettoken?corpid=${CORP_ID}&corpsecret=${SECRET}`)
  const { access_token } = (await tokenAnswer.json()) as { access_token: string }
  const api = async (path: string, body: object) => {
    const response = await fetch(`${simulator.apiBase}/${path}?access_token=${access_token}`, {
      method: 'POST',
      body: JSON.stringify(body),
    })
    return (await response.json()) as Answer
  }
  return { simulator, api }
}
type Answer = Readonly<Record<string, unknown>>

async function open(simulator: Simulator, viewport: { width: number; height: number }): Promise<Page> {
  const context = await browser.newContext({ viewport, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })
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

const shoot = async (page: Page, name: string) => {
  if (!takesShots) return
  await page.evaluate('document.activeElement?.blur()')
  await page.mouse.move(0, 0)
  await page.screenshot({ path: `${IMAGES}${name}.png` })
}
const pick = async (page: Page, label: string) => {
  await page.getByLabel('更多消息类型', { exact: true }).first().click()
  await page.getByRole('button', { name: label, exact: true }).click()
}
const confirm = async (page: Page) => {
  await page.getByRole('button', { name: '确定' }).click()
  await page.locator('dialog#ask').waitFor({ state: 'hidden' })
}
const chat = (page: Page) => page.getByRole('log')

/** A second of film, by whatever ffmpeg the machine has; without one the message is shown as a file. */
function film(): Buffer {
  const source = 'testsrc=duration=1:size=220x150:rate=5'
  const args = [
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    source,
    '-pix_fmt',
    'yuv420p',
    '-movflags',
    'frag_keyframe',
    '-f',
    'mp4',
  ]
  const { stdout } = spawnSync('ffmpeg', [...args, 'pipe:1'], { timeout: 10_000 })
  return stdout?.length > 0 ? stdout : Buffer.from('\0\0\0\x18ftypmp42no film', 'latin1')
}

describe('the tour', () => {
  it('shows every kind of message that a customer sends', async () => {
    const { simulator } = await start()
    const page = await open(simulator, { width: 1000, height: 1560 })
    await page.getByLabel('输入消息').fill('你好，想看看保温杯 https://example.com/cup')
    await page.getByLabel('输入消息').press('Enter')
    for (const label of ['示例图片', '示例语音', '示例文件']) await pick(page, label)
    await expect.poll(() => simulator.written().length).toBe(4)
    const chooser = page.waitForEvent('filechooser')
    await pick(page, '视频')
    await (await chooser).setFiles({ name: '开箱.mp4', mimeType: 'video/mp4', buffer: film() })
    await expect.poll(() => simulator.written().length).toBe(5)
    for (const label of ['位置', '链接', '小程序', '名片', '聊天记录', '商品', '订单', '视频号', '菜单']) {
      await pick(page, label)
      await confirm(page)
    }
    for (const label of ['会议', '日程', '笔记']) await pick(page, label)
    await expect.poll(() => simulator.written().length).toBe(17)
    expect(simulator.written().map(({ msgtype }) => msgtype)).toEqual([
      'text',
      'image',
      'voice',
      'file',
      'video',
      'location',
      'link',
      'miniprogram',
      'business_card',
      'merged_msg',
      'channels_shop_product',
      'channels_shop_order',
      'channels',
      'msgmenu',
      'meeting',
      'calendar',
      'note',
    ])
    for (const words of [
      '广州塔',
      '秋季新品上架',
      '会员中心',
      '张三',
      '群聊的聊天记录',
      '¥99.00',
      '待发货',
      '退换货',
      '[笔记]',
    ]) {
      await chat(page).getByText(words).first().waitFor()
    }
    await page.locator('.row.mine').nth(13).scrollIntoViewIfNeeded()
    await shoot(page, 'customer-cards')
    await page.locator('#messages').evaluate((node) => node.scrollTo(0, 0))
    await page.locator('.file-words').getByText('报价单.csv').waitFor()
    await page.getByRole('button', { name: '播放语音' }).getByText('3″').waitFor()
    await shoot(page, 'customer-messages')
  })

  it('opens a forwarded record, and the record within it', async () => {
    const { simulator } = await start()
    const page = await open(simulator, { width: 1000, height: 800 })
    await pick(page, '聊天记录')
    await page.getByLabel('第 4 条：内容').waitFor()
    await shoot(page, 'record-builder')
    await confirm(page)
    await chat(page).getByRole('button', { name: '群聊的聊天记录' }).click()
    const record = page.getByRole('dialog', { name: '群聊的聊天记录' })
    await record.getByText('报价单.csv').waitFor()
    await expect
      .poll(() => record.locator('img').evaluate((node) => (node as unknown as { naturalWidth: number }).naturalWidth))
      .toBe(320)
    await shoot(page, 'record')
    await record.getByRole('button', { name: '小李的聊天记录' }).click()
    await page.getByRole('dialog', { name: '小李的聊天记录' }).getByText('上周我也问过').waitFor()
  })

  it('shows every kind of answer, menus to tap, and what was cut or taken back', async () => {
    const { simulator, api } = await start()
    const page = await open(simulator, { width: 1000, height: 1500 })
    const externalUserId = simulator.overview().customers[0]?.externalUserId ?? ''
    const openKfId = simulator.overview().accounts[0]?.openKfId ?? ''
    const base64 = Buffer.from(await page.evaluate<string>(PICTURE), 'base64').toString('base64')
    const add = (type: 'image' | 'voice' | 'video' | 'file', filename: string, content: string, contentType: string) =>
      simulator.addMedia({ type, filename, contentType, base64: content }).mediaId
    const image = add('image', 'cup.png', base64, 'image/png')
    const amr = Buffer.concat([
      Buffer.from('#!AMR\n'),
      Buffer.alloc(13 * 50 * 7, Buffer.from([4, ...Array(12).fill(7)])),
    ])
    const send = async (msgtype: string, body: object, fields: object = {}) => {
      simulator.customerWrites({ externalUserId, text: '' === msgtype ? '' : `来一条 ${msgtype}` })
      const message = { touser: externalUserId, open_kfid: openKfId, msgtype, [msgtype]: body, ...fields }
      expect(await api('kf/send_msg', message), msgtype).toMatchObject({ errcode: 0 })
    }
    await send('text', { content: `${'保温杯可以装热水，'.repeat(80)}` })
    await send('image', { media_id: image })
    await send('voice', { media_id: add('voice', 'a.amr', amr.toString('base64'), 'audio/amr') })
    await send('video', { media_id: add('video', '介绍.mp4', film().toString('base64'), 'video/mp4') })
    await send('file', {
      media_id: add('file', '使用说明.pdf', Buffer.alloc(48_213).toString('base64'), 'application/pdf'),
    })
    await send('link', {
      title: '保温杯怎么选',
      desc: '容量、材质和保温时长，一文看懂',
      url: 'https://example.com/cup',
      thumb_media_id: image,
    })
    await send('miniprogram', {
      appid: 'wx1234567890abcdef',
      title: '会员商城',
      thumb_media_id: image,
      pagepath: 'a.html',
    })
    await send('location', {
      name: '杯子小店（天河店）',
      address: '广州市天河区体育西路',
      latitude: 23.13,
      longitude: 113.32,
    })
    await send('ca_link', { link_url: 'https://work.weixin.qq.com/ca/cawcde0123' })
    await send('business_card', { userid: SERVICER })
    await send('text', { content: '这句说错了' }, { msgid: 'to-be-recalled' })
    simulator.setSwitches({ lackingEndpointErrcode: null })
    expect(await api('kf/recall_msg', { msgid: 'to-be-recalled', open_kfid: openKfId })).toMatchObject({ errcode: 0 })
    await send('msgmenu', {
      head_content: '您对这次服务满意吗？',
      list: [
        { type: 'click', click: { id: '101', content: '满意' } },
        { type: 'click', click: { id: '102', content: '不满意' } },
        { type: 'view', view: { url: 'https://example.com/help', content: '帮助中心' } },
      ],
      tail_content: '感谢您的反馈',
    })
    for (const words of [
      '被平台截断',
      '使用说明.pdf',
      '保温杯怎么选',
      '会员商城',
      '天河店',
      '获客链接',
      '企业微信名片',
      '客服撤回了一条消息',
    ]) {
      await chat(page).getByText(words).first().waitFor()
    }
    await page.getByRole('button', { name: '满意', exact: true }).click()
    await expect.poll(() => simulator.written().at(-1)?.body).toEqual({ content: '满意', menu_id: '101' })
    await chat(page).locator('.row.mine').getByText('满意', { exact: true }).waitFor()
    await shoot(page, 'answer-cards')
    await page.locator('#messages').evaluate((node) => node.scrollTo(0, 0))
    await shoot(page, 'answers')
  })

  it('plays a voice when the machine can decode it', async () => {
    const { simulator } = await start()
    const page = await open(simulator, { width: 1000, height: 800 })
    await pick(page, '示例语音')
    const voice = () => (simulator.written()[0]?.body ?? {}) as { media_id?: string }
    await expect.poll(() => voice().media_id).toBeDefined()
    const response = await fetch(`${simulator.url}/control/media/${voice().media_id}/sound`)
    if (response.status === 501) return
    expect(response.headers.get('content-type')).toBe('audio/wav')
    const bytes = Buffer.from(await response.arrayBuffer())
    expect(bytes.subarray(0, 4).toString()).toBe('RIFF')
    // Three seconds of 8,000 samples of two bytes.
    expect(bytes.length).toBeGreaterThan(45_000)
    await page.getByRole('button', { name: '播放语音' }).click()
    await page.locator('.voice.playing').waitFor()
  })

  it('lets a customer enter by a link, recall and block', async () => {
    const { simulator, api } = await start()
    const page = await open(simulator, { width: 1000, height: 800 })
    const openKfId = simulator.overview().accounts[0]?.openKfId
    const { url } = await api('kf/add_contact_way', { open_kfid: openKfId, scene: 'poster' })
    await pick(page, '从链接进入')
    await page.getByRole('textbox', { name: /客服链接/ }).fill(`${url}&scene_param=${encodeURIComponent('订单7')}`)
    await confirm(page)
    await chat(page).getByText('客户进入会话（场景 poster，参数 订单7），20 秒内可以发一条欢迎语').waitFor()
    await page.getByLabel('输入消息').fill('发错了')
    await page.getByLabel('输入消息').press('Enter')
    await chat(page).locator('.row.mine').hover()
    await chat(page).getByRole('button', { name: '撤回' }).click()
    await chat(page).getByText('客户撤回了一条消息').waitFor()
    expect(await chat(page).locator('.row.mine').count()).toBe(0)
    await pick(page, '拒收/恢复')
    await page.locator('#session').getByText('已拒收客服消息').waitFor()
    const touser = simulator.overview().customers[0]?.externalUserId
    await api('kf/send_msg', { touser, open_kfid: openKfId, msgtype: 'text', text: { content: '在吗' } })
    await chat(page).getByText('没有送达：fail_type 10，客户拒收').waitFor()
  })

  it('has a servicer take, write, transfer, end, block and go off duty', async () => {
    const { simulator, api } = await start()
    const page = await open(simulator, { width: 1280, height: 760 })
    const [externalUserId = '', other = ''] = simulator.overview().customers.map((one) => one.externalUserId)
    const openKfId = simulator.overview().accounts[0]?.openKfId ?? ''
    const toPool = async (customer: string, text: string) => {
      simulator.customerWrites({ externalUserId: customer, text })
      await api('kf/service_state/trans', { open_kfid: openKfId, external_userid: customer, service_state: 2 })
    }
    await toPool(externalUserId, '我要退货，请转人工')
    await toPool(other, '有人吗')
    await page.getByRole('button', { name: '工具', exact: true }).click()
    await page.getByRole('tab', { name: '接待台' }).click()
    const desk = page.getByRole('tabpanel', { name: '接待台' })
    await desk.locator('.pool li', { hasText: '小雨' }).getByRole('button', { name: '接入' }).click()
    await chat(page).getByText('张三接入了会话').waitFor()
    await desk.getByLabel('以接待人员身份回复').fill('您好，我是张三，马上为您处理')
    await desk.getByLabel('以接待人员身份回复').press('Enter')
    await chat(page).getByText('我是张三').waitFor()
    await page.locator('#session').getByText('人工接待 · 张三').waitFor()
    await desk.getByRole('button', { name: '撤回上一条' }).waitFor()
    await shoot(page, 'servicer-desk')
    await desk.getByRole('button', { name: '撤回上一条' }).click()
    await chat(page).getByText('接待人员撤回了一条消息').waitFor()
    await desk.getByRole('button', { name: '转接' }).click()
    await chat(page).getByText('张三把会话转给了李四').waitFor()
    await desk.getByRole('button', { name: '结束会话' }).click()
    await chat(page).getByText('结束了会话').waitFor()
    await desk.getByRole('button', { name: '重新打开' }).click()
    await chat(page).getByText('重新打开了会话').waitFor()
    await desk.getByRole('button', { name: '拒收客户' }).click()
    await chat(page).getByText('拒收了客户的消息').waitFor()
    await page.getByLabel('输入消息').fill('喂？')
    await page.getByLabel('输入消息').press('Enter')
    await chat(page).getByText('被对方拒收了').waitFor()
    await desk.getByRole('button', { name: '停止接待' }).click()
    await desk.getByText('已停止接待').waitFor()
    expect(simulator.overview().accounts[0]?.servicers[0]).toMatchObject({ userId: SERVICER, receiving: false })
  })

  it('makes trouble, sets switches and moves the clock', async () => {
    const { simulator, api } = await start()
    const page = await open(simulator, { width: 1280, height: 760 })
    const externalUserId = simulator.overview().customers[0]?.externalUserId ?? ''
    const openKfId = simulator.overview().accounts[0]?.openKfId ?? ''
    const send = () =>
      api('kf/send_msg', { touser: externalUserId, open_kfid: openKfId, msgtype: 'text', text: { content: '好' } })
    simulator.customerWrites({ externalUserId, text: '在吗' })
    await page.getByRole('button', { name: '工具', exact: true }).click()
    await page.getByRole('tab', { name: '故障' }).click()
    const faults = page.getByRole('tabpanel', { name: '故障' })
    await faults.getByRole('combobox', { name: '错误码' }).selectOption('45009')
    await faults.getByRole('button', { name: '添加故障' }).click()
    await faults.getByText('命中 0/1 次').waitFor()
    expect(await send()).toMatchObject({ errcode: 45009 })
    await faults.getByRole('combobox', { name: '故障' }).selectOption('delay')
    await faults.getByRole('button', { name: '添加故障' }).click()
    await faults.getByText('命中 1/1 次').waitFor()
    await chat(page).getByText('被平台拒绝（45009）').waitFor()
    await shoot(page, 'faults')
    await faults.getByRole('button', { name: '全部清除' }).click()
    await faults.getByText('没有故障规则').waitFor()
    await faults.getByRole('button', { name: '验证回调地址' }).click()
    await faults.getByText('openapi回调地址请求不通过').waitFor()

    await page.getByRole('tab', { name: '开关' }).click()
    const switches = page.getByRole('tabpanel', { name: '开关' })
    await switches.getByRole('spinbutton', { name: 'messagesPerCustomerMessage' }).fill('1')
    await switches.getByRole('spinbutton', { name: 'messagesPerCustomerMessage' }).press('Enter')
    await switches.getByRole('combobox', { name: 'mode', exact: true }).selectOption('native')
    await switches.locator('li.moved', { hasText: 'mode' }).getByRole('button', { name: '恢复' }).waitFor()
    await expect.poll(() => simulator.setSwitches({})).toMatchObject({ mode: 'native', messagesPerCustomerMessage: 1 })
    await switches.evaluate((node) => node.scrollTo(0, 0))
    await shoot(page, 'switches')
    await switches.locator('li.moved', { hasText: '接入方式' }).getByRole('button', { name: '恢复' }).click()
    await expect.poll(() => simulator.setSwitches({}).mode).toBe('wecom')

    await page.getByRole('tab', { name: '时间' }).click()
    const clock = page.getByRole('tabpanel', { name: '时间' })
    await shoot(page, 'clock')
    await clock.getByRole('button', { name: '＋48 小时' }).click()
    await expect.poll(() => simulator.conversation({ externalUserId }).state).toBe(4)
    await clock.getByText('2026年11月20日').waitFor()
    await clock.getByRole('button', { name: '拨回来' }).click()
    await clock.getByText('2026年11月18日').waitFor()

    await page.getByRole('tab', { name: '后台' }).click()
    const desk = page.getByRole('tabpanel', { name: '后台' })
    await desk.getByText('企业微信版').waitFor()
    // The Secret is to be copied: all of it stands in its box.
    const cut = await desk.evaluate((box) => box.scrollWidth - box.clientWidth)
    expect(cut).toBe(0)
    await desk.getByLabel('URL').fill('http://127.0.0.1:1/callback')
    await desk.getByLabel('Token').fill('phoneTourToken')
    await desk.getByRole('button', { name: '保存' }).click()
    await desk.getByText('EncodingAESKey 是 43 位').waitFor()
    await desk.getByLabel('EncodingAESKey').fill('jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C')
    await desk.getByRole('button', { name: '保存' }).click()
    await desk.getByText('回调地址请求不通过（连接不上').waitFor()
    await page.getByRole('tab', { name: '记录' }).click()
    await page.locator('#log-lines').getByText('45009').waitFor()
  })

  it('fits a phone: chat, panel and desk', async () => {
    const { simulator, api } = await start()
    const page = await open(simulator, { width: 375, height: 740 })
    const externalUserId = simulator.overview().customers[0]?.externalUserId ?? ''
    const openKfId = simulator.overview().accounts[0]?.openKfId ?? ''
    await page.getByRole('button', { name: '小雨' }).click()
    await page.getByLabel('输入消息').fill('你们店在哪里？')
    await page.getByLabel('输入消息').press('Enter')
    await chat(page).getByText('你们店在哪里').waitFor()
    const to = { touser: externalUserId, open_kfid: openKfId }
    await api('kf/send_msg', {
      ...to,
      msgtype: 'location',
      location: { name: '杯子小店（天河店）', address: '广州市天河区体育西路', latitude: 23.13, longitude: 113.32 },
    })
    await api('kf/send_msg', {
      ...to,
      msgtype: 'msgmenu',
      msgmenu: {
        head_content: '还想了解什么？',
        list: [
          { type: 'click', click: { id: '1', content: '营业时间' } },
          { type: 'click', click: { id: '2', content: '怎么退货' } },
        ],
      },
    })
    await page.getByRole('button', { name: '营业时间' }).waitFor()
    const overflow = () => page.evaluate<string[]>(OVERFLOWING)
    expect(await overflow()).toEqual([])
    await shoot(page, 'phone-chat')
    await page.getByLabel('更多消息类型', { exact: true }).first().click()
    expect(await overflow()).toEqual([])
    await shoot(page, 'phone-panel')
    await page.getByRole('button', { name: '聊天记录', exact: true }).click()
    await page.getByLabel('第 4 条：内容').waitFor()
    expect(await overflow()).toEqual([])
    await page.getByRole('button', { name: '取消' }).click()
    await api('kf/service_state/trans', { open_kfid: openKfId, external_userid: externalUserId, service_state: 2 })
    await page.getByRole('button', { name: '工具', exact: true }).click()
    for (const tab of ['记录', '故障', '开关', '时间', '接待台']) {
      await page.getByRole('tab', { name: tab }).click()
      expect(await overflow(), tab).toEqual([])
    }
    await page.getByRole('tabpanel', { name: '接待台' }).getByText('排队等人工').first().waitFor()
    await shoot(page, 'phone-desk')
  })
})

// As text: the tests are checked without the browser's types.
const OVERFLOWING = `[...document.querySelectorAll('body, body *')].filter((node) => {
  const box = node.getBoundingClientRect()
  if (box.width === 0 || getComputedStyle(node).visibility !== 'visible') return false
  return box.right > innerWidth + 1 || box.left < -1
}).map((node) => node.tagName + '.' + node.className)`
const PICTURE = `(() => {
  const canvas = document.createElement('canvas')
  canvas.width = 320
  canvas.height = 220
  const pen = canvas.getContext('2d')
  pen.fillStyle = '#f3e6d8'
  pen.fillRect(0, 0, 320, 220)
  pen.fillStyle = '#b4632d'
  pen.beginPath()
  pen.roundRect(105, 45, 100, 130, 14)
  pen.fill()
  pen.strokeStyle = '#b4632d'
  pen.lineWidth = 13
  pen.beginPath()
  pen.arc(208, 108, 27, -1.3, 1.3)
  pen.stroke()
  return canvas.toDataURL('image/png').split(',')[1]
})()`
