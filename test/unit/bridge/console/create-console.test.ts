import { describe, expect, it } from 'vitest'
import { createConsoleApp } from '../../../../bridge/console/create-console.ts'
import type { Overview } from '../../../../bridge/console/create-overview.ts'
import { toReasonText } from '../../../../bridge/console/parked-words.ts'
import type { Status } from '../../../../bridge/console/status-page.ts'
import { describeErrcode } from '../../../../bridge/wecom/error-table.ts'
import { describeFailType } from '../../../../bridge/wecom/fail-type-table.ts'

const STATUS: Status = {
  ready: true,
  parts: [{ name: 'database', up: true }],
  backlog: [{ stage: 'reply', count: 3, oldestSeconds: 7 }],
  parked: 0,
  alerts: [],
  version: '0.0.0',
  roles: ['reply'],
  jobs: [],
}

const NOW = 1_800_000_000_000
const NOTHING_SPENT = { replies: 0, costMicros: 0, unpriced: 0, inputTokens: 0, outputTokens: 0 }
const text = (words: string) => ({ zh: words, en: words })
const MEANINGS = { meaningOf: describeErrcode, failMeaningOf: describeFailType }
const OVERVIEW: Overview = {
  now: NOW,
  answerers: ['knowledge'],
  today: NOTHING_SPENT,
  answers: [],
  parked: [],
  people: { pool: 0, person: 0 },
  accounts: [],
}

function createApp(status: Partial<Status> = {}, password?: string, overview: Partial<Overview> = {}) {
  const metrics = { text: async () => 'kefu_due 1', contentType: 'text/plain' }
  const deps = { status: async () => ({ ...STATUS, ...status }), overview: async () => ({ ...OVERVIEW, ...overview }) }
  return createConsoleApp({ ...deps, metrics }, password)
}

const pageOf = async (...given: Parameters<typeof createApp>) => {
  const page = await (await createApp(...given).request('/', local)).text()
  return page
    .replace(/<style>.*<\/style>/s, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
}

const local = { headers: { host: '127.0.0.1:8788' } }

describe('createConsoleApp', () => {
  it('answers /readyz with 503 and the reason when a part is down', async () => {
    const parts = [{ name: 'bus', up: false, reason: 'RabbitMQ can not be reached' }]
    const response = await createApp({ ready: false, parts }).request('/readyz')
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({ ready: false, parts })
  })

  it('is alive and ready for anybody, also with a password', async () => {
    const app = createApp({}, 'long-enough')
    expect((await app.request('/healthz')).status).toBe(200)
    expect((await app.request('/readyz')).status).toBe(200)
  })

  it('shows the page and the metrics to this machine alone when there is no password', async () => {
    const app = createApp()
    for (const path of ['/', '/metrics']) {
      expect((await app.request(path, local)).status).toBe(200)
      expect((await app.request(path, { headers: { host: 'evil.example:8788' } })).status).toBe(403)
    }
  })

  it.each([
    ['none', undefined, 401],
    ['a wrong one', 'operator:wrong', 401],
    ['the right one', 'operator:long-enough', 200],
  ])('asks for the password where there is one: %s', async (_what, given, status) => {
    const headers = given === undefined ? {} : { authorization: `Basic ${btoa(given)}` }
    expect((await createApp({}, 'long-enough').request('/', { headers })).status).toBe(status)
  })

  it('shows what is down and why, as text and never as markup', async () => {
    const parts = [{ name: 'relay', up: false, reason: '<script>alert(1)</script>' }]
    const page = await (await createApp({ ready: false, parts }).request('/', local)).text()
    expect(page).toContain('未就绪')
    expect(page).toContain('&lt;script&gt;')
    expect(page).toContain('npm run doctor')
    expect(page).not.toContain('<script>')
    const healthy = { accounts: [{ ...NOTHING_SPENT, openKfId: 'wk1', pulledAt: 1, error: '', why: text('') }] }
    expect(await pageOf({}, undefined, healthy)).not.toContain('npm run doctor')
  })

  it('says in Chinese why a part is down, beside what the part says', async () => {
    const parts = [
      { name: 'relay', up: false, reason: 'the edge cannot be reached (ECONNREFUSED)' },
      { name: 'database', up: false, reason: 'anything' },
    ]
    const page = await pageOf({ ready: false, parts })
    expect(page).toContain('连不上边缘（Worker）：检查 EDGE_URL 与本机网络 the edge cannot be reached (ECONNREFUSED)')
    expect(page).toContain('数据库连不上，或不能写')
  })

  it('says how much of the spend is unknown, and never that it was nothing', async () => {
    expect(await pageOf({}, undefined, { today: { ...NOTHING_SPENT, unpriced: 3 } })).toContain(
      'spent today 3 次价格未知',
    )
    const some = { ...NOTHING_SPENT, costMicros: 1_230_000, unpriced: 3 }
    expect(await pageOf({}, undefined, { today: some })).toContain('¥1.23 + 3 次价格未知')
  })

  it('shows the alerts that are open, and what to do', async () => {
    const alert = { key: 'disk', severity: 'critical', title: text('full'), detail: text('3 MB'), openedAt: 1 } as const
    const page = await (await createApp({ alerts: [{ ...alert, todo: text('make room') }] }).request('/', local)).text()
    expect(page).toContain('make room')
    expect(await (await createApp().request('/', local)).text()).not.toContain('what to do')
  })

  it('shows what was given up, by its reason in Chinese and with what to do', async () => {
    const why = toReasonText('unreadable', MEANINGS)
    const parked = [{ stage: 'needs_person', reason: 'unreadable', count: 3, oldestAt: NOW - 7_200_000, why }]
    const page = await pageOf({ parked: 3 }, undefined, { parked })
    expect(page).toContain('读不了内容（语音、视频等） could not be read (a voice, a film) 需要人工 3 2 小时前')
    expect(page).toContain('npm run kefu -- parked list')
    expect(await pageOf()).not.toContain('parked list')
  })

  const answer = {
    ...{ createdAt: NOW - 65_000, openKfId: 'wk1', answerer: 'deepseek', askedAt: NOW - 66_000, sentAt: NOW - 64_800 },
    ...{ waiting: 0, held: 0, failed: 0, handedOver: 0, parked: 0 },
  }
  it.each([
    ['went out', {}, '1 分钟前 已发出 sent 1.2 秒 deepseek'],
    ['is on its way', { sentAt: 0, waiting: 1 }, '1 分钟前 发送中 sending — deepseek'],
    ['waits for the customer', { held: 1 }, '等客户再来信 held'],
    ['failed in part', { failed: 2, handedOver: 1 }, '有 2 条发不出 failed'],
    ['became a hand-over', { sentAt: 0, handedOver: 1, answerer: '' }, '转人工 to a person — —'],
    ['was given up', { parked: 1 }, '搁置 parked'],
    ['had nothing to say', { sentAt: 0 }, '无需回复 nothing to say'],
  ])('says of an answer that it %s', async (_what, change, words) => {
    expect(await pageOf({}, undefined, { answers: [{ ...answer, ...change }] })).toContain(words)
  })

  it('says what today has cost, of each account, and which of them can not be pulled', async () => {
    const spent = { replies: 12, costMicros: 1_230_000, unpriced: 0, inputTokens: 1, outputTokens: 1 }
    const accounts = [
      { openKfId: 'wk1', pulledAt: NOW - 5_000, error: '', why: text(''), ...spent },
      {
        ...{ openKfId: 'wk2', pulledAt: 0, error: 'wecom.unreachable', ...spent, costMicros: 1500 },
        why: toReasonText('wecom.unreachable', MEANINGS),
      },
    ]
    const page = await pageOf({}, undefined, { today: { ...spent, replies: 24 }, accounts })
    expect(page).toContain('今日回答 answers today 24 今日花费 spent today ¥1.23')
    expect(page).toContain('wk1 12 ¥1.23 5 秒前')
    expect(page).toContain('wk2 12 ¥0.0015 失败 · failed 连不上微信平台')
  })

  it('shows the parts alone while the database is away', async () => {
    let asked = 0
    const app = createConsoleApp(
      {
        status: async () => ({ ...STATUS, ready: false, parts: [{ name: 'database', up: false, reason: 'gone' }] }),
        overview: async () => {
          asked += 1
          return OVERVIEW
        },
        metrics: { text: async () => '', contentType: 'text/plain' },
      },
      undefined,
    )
    const page = await (await app.request('/', local)).text()
    expect(page).toContain('gone')
    expect(page).not.toContain('今日回答')
    expect(asked).toBe(0)
  })

  it('lets no script run and no frame hold it', async () => {
    const { headers } = await createApp().request('/', local)
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('content-security-policy')).not.toContain('script')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('keeps a failure to itself', async () => {
    const app = createConsoleApp(
      {
        status: async () => {
          throw new Error('secret detail')
        },
        overview: async () => OVERVIEW,
        metrics: { text: async () => '', contentType: 'text/plain' },
      },
      undefined,
    )
    const response = await app.request('/readyz')
    expect(response.status).toBe(500)
    expect(await response.text()).toBe('')
  })
})
