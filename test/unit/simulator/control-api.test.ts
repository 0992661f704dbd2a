import { describe, expect, it } from 'vitest'
import { connectSimulator } from '../../simulator/control/connect-simulator.ts'
import { ACCOUNT, CUSTOMER, startSimulator, textTo } from './start-simulator.ts'

describe('the control API', () => {
  it('drives a simulator in another process', async () => {
    const simulator = await startSimulator()
    const remote = connectSimulator(simulator.url)
    const { msgid } = await remote.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await simulator.call('kf/send_msg', textTo('在', { msgid: 'mine-1' }))
    expect(await remote.written()).toMatchObject([{ msgid, externalUserId: CUSTOMER, text: '在吗' }])
    expect(await remote.delivered()).toMatchObject([{ msgid: 'mine-1', text: '在' }])
    expect(await remote.calls()).toEqual({ gettoken: 1, 'kf/send_msg': 1 })
    const { now } = await remote.moveClock({ ms: 1000 })
    expect(now).toBeGreaterThan(Date.now())
  })

  it.each([
    ['an unknown control', 'nothing', '{}', 404, 'application/json'],
    [
      'a field too many',
      'customerWrites',
      `{"externalUserId":"${CUSTOMER}","text":"x","more":1}`,
      400,
      'application/json',
    ],
    ['what is not JSON', 'customerWrites', '{', 400, 'application/json'],
    [
      'a customer who does not exist',
      'customerWrites',
      '{"externalUserId":"wmNobody","text":"x"}',
      409,
      'application/json',
    ],
    ['a form of another origin', 'clearFaults', '{}', 415, 'text/plain'],
    ['a callback address that is none', 'setCallback', '{"url":"ftp://x"}', 400, 'application/json'],
  ])('refuses %s', async (_name, name, body, status, contentType) => {
    const { url } = await startSimulator()
    const response = await fetch(`${url}/control/${name}`, {
      method: 'POST',
      body,
      headers: { 'content-type': contentType },
    })
    expect(response.status).toBe(status)
  })

  it('rejects with the simulator’s words', async () => {
    const remote = connectSimulator((await startSimulator()).url)
    await expect(remote.customerWrites({ externalUserId: 'wmNobody', text: 'x' })).rejects.toThrow('no such customer')
  })

  it('sends every record live', async () => {
    const simulator = await startSimulator()
    const ending = new AbortController()
    const response = await fetch(`${simulator.url}/control/live`, { signal: ending.signal })
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    let seen = ''
    while (!seen.includes('"kind":"written"')) seen += (await reader?.read())?.value ?? ''
    expect(seen).toContain('"text":"在吗"')
    ending.abort()
  })

  it('gives records in order, from a number on', async () => {
    const simulator = await startSimulator()
    for (const text of ['一', '二', '三']) simulator.customerWrites({ externalUserId: CUSTOMER, text })
    const written = simulator.written()
    const { records } = simulator.records({ since: written[0]?.seq ?? 0 })
    expect(records.filter(({ kind }) => kind === 'written')).toEqual(written.slice(1))
  })

  it('serves the page under a policy that runs nothing else', async () => {
    const response = await fetch((await startSimulator()).url)
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self'/)
    expect(await response.text()).not.toMatch(/https?:\/\//)
  })

  it('never shows a picture type that could run', async () => {
    const { url, addMedia } = await startSimulator()
    const svg = { type: 'image', filename: 'a.svg', contentType: 'image/svg+xml', base64: 'PHN2Zy8+' } as const
    const response = await fetch(`${url}/control/media/${addMedia(svg).mediaId}`)
    expect(response.headers.get('content-type')).toBe('application/octet-stream')
    expect(response.headers.get('content-disposition')).toMatch(/^attachment/)
  })

  it('a taken port is a clear error', async () => {
    const { url } = await startSimulator()
    await expect(startSimulator({ port: Number(new URL(url).port) })).rejects.toThrow('EADDRINUSE')
  })
})

describe('the load it must carry', () => {
  it('5,000 messages of 200 customers are written, read in pages and answered', async () => {
    const simulator = await startSimulator()
    const customers = Array.from({ length: 200 }, (_, i) => simulator.addCustomer({ name: `客户${i}` }).externalUserId)
    for (let i = 0; i < 5000; i += 1) {
      simulator.customerWrites({ externalUserId: customers[i % 200] ?? '', text: `第 ${i} 条` })
    }
    let cursor = ''
    let count = 0
    const startedAt = performance.now()
    for (let more = true; more; ) {
      const page = await simulator.call('kf/sync_msg', { open_kfid: ACCOUNT, cursor, limit: 100 })
      count += (page.msg_list as object[]).length
      cursor = String(page.next_cursor)
      more = page.has_more === 1
    }
    for (const touser of customers)
      expect(await simulator.call('kf/send_msg', textTo('好', { touser }))).toMatchObject({ errcode: 0 })
    expect(count).toBe(5000)
    // 250 calls one after the other: a scan of the log at each would cost far more than this.
    expect(performance.now() - startedAt).toBeLessThan(5000)
  })
})
