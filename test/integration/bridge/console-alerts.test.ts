import { describe, expect, it, onTestFinished } from 'vitest'
import type { Alert } from '../../../bridge/console/alerts/alert.ts'
import type { AlertFacts } from '../../../bridge/console/alerts/alert-facts.ts'
import { listOpenAlerts } from '../../../bridge/console/alerts/list-open-alerts.ts'
import { createSendAlert } from '../../../bridge/console/alerts/send-alert.ts'
import { createAlertWatch } from '../../../bridge/console/alerts/watch-alerts.ts'
import { createAlertStore } from '../../../bridge/store/alert-store.ts'
import { AppError } from '../../../shared/app-error.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'
import { ENGINES, openTestDatabase } from '../../support/test-databases.ts'
import { startWebhookReceiver, type WebhookFault } from '../../support/webhook-receiver.ts'

const ALERT: Alert = {
  key: 'parked',
  severity: 'warning',
  title: { zh: '标题', en: 'title' },
  detail: { zh: '详情', en: 'detail' },
  todo: { zh: '做法', en: 'what to do' },
  afterMs: 0,
}

async function startWatch(engine: 'sqlite' | 'postgres', kind: 'wecom' | 'json' = 'json') {
  const { database } = await openTestDatabase(engine)
  const receiver = await startWebhookReceiver()
  onTestFinished(() => receiver.close())
  const log = createRecordingLogger()
  const world = { alerts: [] as Alert[] | 'unknown', isDatabaseAway: false, now: 1_000_000 }
  const create = () =>
    createAlertWatch(
      {
        store: createAlertStore(database),
        facts: async () => {
          if (world.isDatabaseAway) throw new AppError('database.unavailable', 'away', { retryable: true })
          return {} as AlertFacts
        },
        send: createSendAlert({ webhook: { url: receiver.url, kind }, fetch, deadlineMs: 300 }),
        log,
        now: () => world.now,
        rules: [{ name: 'parked', look: () => world.alerts }],
      },
      {
        limits: { ageMs: 1, patienceMs: 1, backlogRows: 1, diskFreeBytes: 1, diskFreeShare: 1 },
        closeAfterMs: 1000,
        retryMs: 1,
      },
    )
  const events = () => receiver.taken.map(({ event, key }) => `${event} ${key}`)
  return { database, receiver, log, world, create, events }
}

for (const { engine, isMissing } of ENGINES) {
  describe.skipIf(isMissing())(`alerts on ${engine}`, () => {
    it('are told once when they open and once when they are over', async () => {
      const { world, create, events } = await startWatch(engine)
      const watch = create()
      world.alerts = [ALERT]
      await watch.run()
      await watch.run()
      expect(events()).toEqual(['opened parked'])
      world.alerts = []
      await watch.run()
      expect(events()).toHaveLength(1)
      world.now += 1000
      await watch.run()
      await watch.run()
      expect(events()).toEqual(['opened parked', 'closed parked'])
      world.alerts = [ALERT]
      await watch.run()
      expect(events()).toHaveLength(3)
    })

    it('are not told again by another process', async () => {
      const { world, create, events } = await startWatch(engine)
      world.alerts = [ALERT]
      await create().run()
      await create().run()
      world.alerts = []
      const third = create()
      await third.run()
      world.now += 1000
      await third.run()
      expect(events()).toEqual(['opened parked', 'closed parked'])
    })

    it.each<[string, WebhookFault]>([
      ['fails', { kind: 'status', status: 500 }],
      ['is silent', { kind: 'silence' }],
      ['moves away', { kind: 'status', status: 302 }],
    ])('are told again when the webhook %s', async (_what, fault) => {
      const { world, create, events, receiver, log } = await startWatch(engine)
      const watch = create()
      world.alerts = [ALERT]
      receiver.fail(fault)
      await watch.run()
      expect(log.lines.map(({ name }) => name)).toContain('alert.undelivered')
      expect(JSON.stringify(log.lines)).not.toContain(receiver.url)
      expect(events()).toEqual([])
      receiver.fail(undefined)
      await expect.poll(async () => watch.run().then(events), { timeout: 5000 }).toEqual(['opened parked'])
    })
  })
}

describe('alerts', () => {
  it('wait for what may mend itself, without a break', async () => {
    const { world, create, events } = await startWatch('sqlite')
    const watch = create()
    world.alerts = [{ ...ALERT, afterMs: 5000 }]
    await watch.run()
    world.now += 4000
    world.alerts = []
    await watch.run()
    world.alerts = [{ ...ALERT, afterMs: 5000 }]
    await watch.run()
    world.now += 4000
    await watch.run()
    expect(events()).toEqual([])
    world.now += 1000
    await watch.run()
    expect(events()).toEqual(['opened parked'])
  })

  it('stay open while nobody knows', async () => {
    const { world, create, events } = await startWatch('sqlite')
    const watch = create()
    world.alerts = [ALERT]
    await watch.run()
    world.alerts = 'unknown'
    await watch.run()
    world.now += 10_000
    await watch.run()
    expect(events()).toEqual(['opened parked'])
  })

  it('tell of the database that is away, and when it is back', async () => {
    const { world, create, events } = await startWatch('sqlite')
    const watch = create()
    world.isDatabaseAway = true
    await watch.run()
    await watch.run()
    expect(events()).toEqual(['opened database'])
    world.isDatabaseAway = false
    await watch.run()
    expect(events()).toEqual(['opened database', 'closed database'])
  })

  it('tell of the database when the webhook is back, and nothing of what nobody heard', async () => {
    const { world, create, events, receiver } = await startWatch('sqlite')
    const watch = create()
    receiver.fail({ kind: 'status', status: 503 })
    world.isDatabaseAway = true
    await watch.run()
    receiver.fail(undefined)
    await watch.run()
    expect(events()).toEqual(['opened database'])
    receiver.fail({ kind: 'status', status: 503 })
    world.isDatabaseAway = false
    await watch.run()
    receiver.fail(undefined)
    await watch.run()
    expect(events()).toEqual(['opened database', 'closed database'])
    receiver.fail({ kind: 'status', status: 503 })
    world.isDatabaseAway = true
    await watch.run()
    world.isDatabaseAway = false
    await watch.run()
    receiver.fail(undefined)
    await watch.run()
    expect(events()).toHaveLength(2)
  })

  it('tell that the database is back by the process that missed it, though another looks by then', async () => {
    const { world, create, events } = await startWatch('sqlite')
    const watch = create()
    world.isDatabaseAway = true
    await watch.run()
    watch.onLost()
    await expect.poll(events, { timeout: 5000 }).toEqual(['opened database', 'closed database'])
  })

  it('show the numbers of now to whoever looks, and nobody is told again', async () => {
    const { world, create, events, database } = await startWatch('sqlite')
    const watch = create()
    world.alerts = [ALERT]
    await watch.run()
    world.alerts = [{ ...ALERT, detail: { zh: '12 条', en: '12' } }]
    await watch.run()
    expect((await listOpenAlerts(createAlertStore(database))).map(({ detail }) => detail.zh)).toEqual(['12 条'])
    expect(events()).toEqual(['opened parked'])
  })

  it('that begin again before their end was told go on', async () => {
    const { world, create, events, receiver } = await startWatch('sqlite')
    const watch = create()
    world.alerts = [ALERT]
    await watch.run()
    receiver.fail({ kind: 'status', status: 503 })
    world.alerts = []
    await watch.run()
    world.now += 1000
    await watch.run()
    world.alerts = [ALERT]
    await watch.run()
    receiver.fail(undefined)
    await watch.run()
    expect(events()).toEqual(['opened parked'])
  })

  it('wait for one deadline in a look, however many there are', async () => {
    const { world, create, events, receiver } = await startWatch('sqlite')
    const watch = create()
    world.alerts = Array.from({ length: 8 }, (_, no) => ({ ...ALERT, key: `parked:${no}` }))
    receiver.fail({ kind: 'silence' })
    await watch.run()
    expect(receiver.attempts).toBe(1)
    receiver.fail(undefined)
    await expect.poll(async () => watch.run().then(() => events().length), { timeout: 5000 }).toBe(8)
  })

  it('that were over before anybody could be told are not told at all', async () => {
    const { world, create, events, receiver } = await startWatch('sqlite')
    const watch = create()
    receiver.fail({ kind: 'status', status: 503 })
    world.alerts = [ALERT]
    await watch.run()
    world.alerts = []
    await watch.run()
    world.now += 1000
    await watch.run()
    receiver.fail(undefined)
    await watch.run()
    expect(events()).toEqual([])
  })

  it('reach a group robot as text of both languages, and its refusal counts', async () => {
    const { world, create, receiver } = await startWatch('sqlite', 'wecom')
    const watch = create()
    world.alerts = [{ ...ALERT, detail: { zh: '很长'.repeat(2000), en: 'x' } }]
    receiver.fail({ kind: 'errcode', errcode: 45009 })
    await watch.run()
    expect(receiver.attempts).toBe(1)
    receiver.fail(undefined)
    await expect.poll(async () => watch.run().then(() => receiver.taken.length), { timeout: 5000 }).toBe(1)
    const [body] = receiver.taken as { msgtype: string; text: { content: string } }[]
    expect(body?.msgtype).toBe('text')
    expect(body?.text.content).toContain('【kefu-edge 告警】标题')
    expect(Buffer.byteLength(body?.text.content ?? '')).toBeLessThanOrEqual(2048)
  })
})
