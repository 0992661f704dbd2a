import { describe, expect, it } from 'vitest'
import { createMetrics } from '../../../../bridge/console/metrics.ts'

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
    spend: () => ask([{ openKfId: 'wk1', costMicros: 1_500_000, inputTokens: 10, outputTokens: 20, replies: 2 }]),
    heldParts: () => ask(1),
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
    expect(text).toContain('kefu_spend_today{account="wk1"} 1.5')
    expect(text).toContain('kefu_tokens_today{account="wk1",kind="output"} 20')
    expect(text).toContain('kefu_parts_held 1')
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
