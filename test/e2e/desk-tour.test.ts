/**
 * The service desk on the phone page, with the real Worker and the real bridge: a customer is welcomed by the link they came through, taps a menu, is
 * answered, asks for a person, is served by one, rates them, and has the bot again. With PHONE_TOUR_SHOTS=1 it takes pictures of docs/images/.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { runCli } from '../../bridge/cli/run-cli.ts'
import { launchBrowser } from '../support/browser.ts'
import { askedTexts } from '../support/stand-in-model.ts'
import { startStack } from '../support/start-stack.ts'

const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url))
const takesShots = process.env.PHONE_TOUR_SHOTS !== undefined

const MENUS = {
  menus: {
    cup: {
      items: [
        { text: '退货流程', answer: '七天内可退：在订单里点“申请退货”，快递员上门来取。' },
        { text: '怎么清洗', ask: '保温杯怎么清洗？' },
        { text: '人工客服', handOver: true },
      ],
      tail: '也可以直接提问',
    },
  },
}
const SCENES = [
  { scene: 'product', sceneParam: 'cup-1', menu: 'cup', text: '{nickname}您好，您正在看的是 1 号保温杯。' },
]

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser?.close())

async function start() {
  const stack = await startStack({
    env: { BURST_QUIET_MS: '0' },
    simulator: {
      accounts: [{ name: '杯子小店', servicers: ['zhangsan'] }],
      customers: [{ name: '小雨' }],
      members: [{ userId: 'zhangsan', name: '张三' }],
    },
    model: { reply: (body) => `关于“${askedTexts(body).at(-1)}”：请用温水和软刷，不要用洗碗机。` },
  })
  onTestFinished(() => stack.stop())
  const desk = join(stack.folder, 'data', 'desk')
  await mkdir(desk, { recursive: true })
  await writeFile(join(desk, 'default.json'), JSON.stringify(MENUS))
  const bridge = await stack.startBridge()
  await bridge.ready()
  const kefu = async (...argv: string[]): Promise<Record<string, unknown>> => {
    const out: string[] = []
    const err: string[] = []
    const io = { stdout: (text: string) => void out.push(text), stderr: (text: string) => void err.push(text) }
    const code = await runCli({ argv: [...argv, '--json'], env: { ...stack.bridgeEnv }, ...io })
    expect([code, err.join('')]).toEqual([0, ''])
    return JSON.parse(out.join('')) as Record<string, unknown>
  }
  return { stack, bridge, kefu }
}

async function open(url: string): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1200, height: 1080 },
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
  })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  onTestFinished(async () => {
    await context.close()
    expect(errors).toEqual([])
  })
  page.setDefaultTimeout(15_000)
  await page.goto(url)
  await page.getByRole('button', { name: '小雨' }).waitFor()
  return page
}

const shoot = async (page: Page, name: string) => {
  if (!takesShots) return
  await page.evaluate('document.activeElement?.blur()')
  await page.mouse.move(0, 0)
  await page.screenshot({ path: `${IMAGES}${name}.png` })
}
/** The page renews itself, so it is opened for the picture alone. */
const shootStatus = async (url: string) => {
  if (!takesShots) return
  const page = await browser.newPage({ viewport: { width: 960, height: 700 }, locale: 'zh-CN' })
  await page.goto(url)
  await page.screenshot({ path: `${IMAGES}status.png`, fullPage: true })
  await page.close()
}
const chat = (page: Page) => page.getByRole('log')
const write = async (page: Page, text: string) => {
  await page.getByLabel('输入消息').fill(text)
  await page.getByLabel('输入消息').press('Enter')
}
const tap = (page: Page, text: string) => chat(page).getByRole('button', { name: text, exact: true }).last().click()

describe('the tour of the service desk', () => {
  it('goes from the welcome by scene to a person and back to the bot', async () => {
    const { stack, bridge, kefu } = await start()
    await kefu('settings', 'set', 'welcome.scenes', JSON.stringify(SCENES))
    const { url } = await kefu('link', '--scene', 'product')
    const page = await open(stack.simulator.url)
    // Settings are in effect within five seconds; this customer comes after that.
    await expect.poll(() => bridge.output().includes('settings.changed'), { timeout: 10_000 }).toBe(true)

    await page.getByLabel('更多消息类型', { exact: true }).first().click()
    await page.getByRole('button', { name: '从链接进入', exact: true }).click()
    await page.getByRole('textbox', { name: /客服链接/ }).fill(`${url}&scene_param=cup-1`)
    await page.getByRole('button', { name: '确定' }).click()
    await chat(page).getByText('小雨您好，您正在看的是 1 号保温杯。').waitFor()

    await tap(page, '退货流程')
    await chat(page).getByText('七天内可退').waitFor()
    await tap(page, '怎么清洗')
    await chat(page).getByText('关于“保温杯怎么清洗？”').waitFor()

    await write(page, '洗过了还有味道，转人工')
    await chat(page).getByText('已为您转接人工客服').waitFor()
    await chat(page).getByText('咨询：洗过了还有味道，转人工').waitFor()
    await page.locator('#session').getByText('人工接待 · 张三').waitFor()
    const asked = stack.model.requests.length

    await page.getByRole('button', { name: '工具', exact: true }).click()
    await page.getByRole('tab', { name: '接待台' }).click()
    const desk = page.getByRole('tabpanel', { name: '接待台' })
    await desk.getByLabel('以接待人员身份回复').fill('您好，我是张三。给您补寄一个新的密封圈，好吗？')
    await desk.getByLabel('以接待人员身份回复').press('Enter')
    await chat(page).getByText('我是张三').waitFor()
    await write(page, '好的，谢谢')
    await shoot(page, 'desk-hand-over')
    await shootStatus(bridge.url)

    await desk.getByRole('button', { name: '结束会话' }).click()
    await chat(page).getByText('您对这次服务满意吗').waitFor()
    expect(stack.model.requests.length).toBe(asked)
    await tap(page, '满意')
    await chat(page).getByText('感谢您的评价！').waitFor()

    await write(page, '密封圈多久能到')
    await chat(page).getByText('关于“密封圈多久能到”').waitFor()

    expect(await kefu('ratings', 'list')).toMatchObject({ ratings: [{ label: '满意', servicerUserId: 'zhangsan' }] })
    const { changes } = (await kefu('desk', 'list')) as { changes: { cause: string }[] }
    expect(changes.map(({ cause }) => cause)).toEqual(['servicer-ended', 'asked-for-person'])
    // The person's words are in the memory of the bot.
    expect(JSON.stringify(stack.model.requests.at(-1))).toContain('补寄一个新的密封圈')
    expect(stack.simulator.refused()).toEqual([])
  })
})
