import { describe, expect, it } from 'vitest'
import { createMetrics } from '../../../../bridge/console/metrics.ts'

const NOTHING = {
  ...{ day: '2026-11-22', calls: 0, unpriced: 0 },
  ...{ inputTokens: 0, cachedTokens: 0, outputTokens: 0, soundMs: 0, costMicros: 0 },
}

function createTestMetrics() {
  const database = { isAway: false }
  const ask = async <T>(value: T): Promise<T> => {
    if (database.isAway) throw new Error('away')
    return value
  }
  const metrics = createMetrics({
    backlog: () => ask([{ stage: 'reply', count: 3, oldestDue: 1000 }]),
    parked: () => ask(2),
    faults: () =>
      ask([
        { reason: 'answer.unavailable', count: 4 },
        { reason: 'answer.unavailable', count: 1 },
      ]),
    spend: () =>
      ask([
        {
          ...{ day: '2026-11-22', openKfId: 'wk1', purpose: 'answer', model: 'flash', calls: 2, unpriced: 1 },
          ...{ inputTokens: 10, cachedTokens: 0, outputTokens: 20, soundMs: 2500, costMicros: 1_500_000 },
        },
        { ...NOTHING, openKfId: '', purpose: 'index', model: 'bge', calls: 1, inputTokens: 7 },
      ]),
    days: () =>
      ask([{ openKfId: 'wk1', replies: 2, costMicros: 1_500_000, unpriced: 1, inputTokens: 10, outputTokens: 20 }]),
    heldParts: () => ask(1),
    callsLeft: () => [{ api: '/kf/send_msg', calls: 1900 }],
    openAlerts: () => ask(['parked']),
    jobs: () => ['sweeper:abc', 'relay'],
    databaseUp: () => (database.isAway ? 0 : 1),
    version: '1.2.3',
    relayUp: () => 1,
    busUp: () => 0,
    now: () => 8000,
  })
  return { database, metrics }
}

describe('createMetrics', () => {
  it('tells what waits, since when, and what was given up', async () => {
    const { metrics } = createTestMetrics()
    const text = await metrics.text()
    expect(text).toContain('kefu_due{stage="reply"} 3')
    expect(text).toContain('kefu_oldest_due_seconds{stage="reply"} 7')
    expect(text).toContain('kefu_parked 2')
    expect(text).toContain('kefu_faults{reason="answer.unavailable"} 5')
    expect(text).toContain('kefu_spend_today{account="wk1",purpose="answer",model="flash"} 1.5')
    expect(text).toContain('kefu_paid_calls_today{account="all",purpose="index",model="bge"} 1')
    expect(text).toContain('kefu_unpriced_calls_today{account="wk1",purpose="answer",model="flash"} 1')
    expect(text).toContain('kefu_speech_seconds_today{account="wk1"} 2.5')
    expect(text).toContain('kefu_replies_today{account="wk1"} 2')
    expect(text).toContain('kefu_tokens_today{account="wk1",kind="output"} 20')
    expect(text).toContain('kefu_parts_held 1')
    expect(text).toContain('kefu_api_calls_left{api="/kf/send_msg"} 1900')
    expect(text).toContain('kefu_alert_open{alert="parked"} 1')
    expect(text).toContain('kefu_job_held{job="sweeper"} 1')
    expect(text).toContain('kefu_build_info{version="1.2.3"} 1')
  })

  it('tells how long a part waited', async () => {
    const { metrics } = createTestMetrics()
    metrics.countSent({ createdAt: 7000 })
    const text = await metrics.text()
    expect(text).toContain('kefu_parts_sent_total 1')
    expect(text).toContain('kefu_send_wait_seconds_sum 1')
  })

  it('tells the rest while the database is away, and nothing that is out of date', async () => {
    const { database, metrics } = createTestMetrics()
    await metrics.text()
    database.isAway = true
    const text = await metrics.text()
    expect(text).toContain('kefu_relay_up 1')
    expect(text).toContain('kefu_database_up 0')
    expect(text).not.toContain('kefu_due{')
    expect(text).not.toContain('kefu_spend_today{')
    expect(text).not.toContain('kefu_alert_open{')
    expect(text).not.toContain('kefu_oldest_due_seconds{')
    expect(text).not.toMatch(/^kefu_parked /m)
  })
})
