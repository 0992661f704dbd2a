import { describe, expect, it } from 'vitest'
import { createConsoleApp } from '../../../../bridge/console/create-console.ts'
import type { Status } from '../../../../bridge/console/status-page.ts'

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

function createApp(status: Partial<Status> = {}, password?: string) {
  const metrics = { text: async () => 'kefu_due 1', contentType: 'text/plain' }
  return createConsoleApp({ status: async () => ({ ...STATUS, ...status }), metrics }, password)
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
    expect(page).not.toContain('<script>')
  })

  it('shows the alerts that are open, and what to do', async () => {
    const text = (words: string) => ({ zh: words, en: words })
    const alert = { key: 'disk', severity: 'critical', title: text('full'), detail: text('3 MB'), openedAt: 1 } as const
    const page = await (await createApp({ alerts: [{ ...alert, todo: text('make room') }] }).request('/', local)).text()
    expect(page).toContain('make room')
    expect(await (await createApp().request('/', local)).text()).not.toContain('what to do')
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
        metrics: { text: async () => '', contentType: 'text/plain' },
      },
      undefined,
    )
    const response = await app.request('/readyz')
    expect(response.status).toBe(500)
    expect(await response.text()).toBe('')
  })
})
