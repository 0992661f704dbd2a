import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createMetrics } from '../../bridge/console/metrics.ts'

const FOLDER = join(import.meta.dirname, '../../docs/grafana')
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8')

interface Panel {
  id: number
  type: string
  title: string
  gridPos: { h: number; w: number; x: number; y: number }
  targets?: { expr: string }[]
}

const dashboard = JSON.parse(read('kefu-edge.json')) as { panels: Panel[] }
const expressions = [
  ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ...[...read('alerts.yaml').matchAll(/^\s+expr: (.+)$/gm)].map(([, expr = '']) => expr),
]

async function metricsText(): Promise<string> {
  const fault = { reason: 'answer.unavailable', count: 1 }
  const metrics = createMetrics({
    backlog: async () => [{ stage: 'reply', count: 1, oldestDue: 1 }],
    parked: async () => 1,
    faults: async () => [fault],
    spend: async () => [
      {
        ...{ day: '2026-11-22', openKfId: 'wk1', purpose: 'answer', model: 'flash', calls: 2, unpriced: 1 },
        ...{ inputTokens: 10, cachedTokens: 0, outputTokens: 20, soundMs: 2500, costMicros: 1_500_000 },
      },
    ],
    days: async () => [
      { openKfId: 'wk1', replies: 2, costMicros: 1_500_000, unpriced: 1, inputTokens: 10, outputTokens: 20 },
    ],
    heldParts: async () => 1,
    callsLeft: () => [{ api: '/kf/send_msg', calls: 1 }],
    openAlerts: async () => ['parked'],
    jobs: () => ['relay'],
    databaseUp: () => 1,
    relayUp: () => 1,
    busUp: () => 1,
    version: '0',
    now: () => 2,
  })
  metrics.observe('reply', 'done', 5)
  metrics.observe('reply', 'retry', 5)
  metrics.countSent({ createdAt: 1 })
  return metrics.text()
}

describe('the dashboard and the alert rules', () => {
  it('ask for something at all', () => {
    expect(expressions.length).toBeGreaterThan(25)
  })

  it('name only metrics and labels that /metrics has', async () => {
    const text = await metricsText()
    const series = new Set([...text.matchAll(/^(\w+)(?:\{|\s)/gm)].map(([, name]) => name))
    for (const expr of expressions) {
      const names = expr.match(/\b(?:kefu|process|nodejs)_\w+/g) ?? []
      expect(names.length, expr).toBeGreaterThan(0)
      expect(
        names.filter((name) => !series.has(name)),
        expr,
      ).toEqual([])
      const [, grouped = ''] = /by \(([^)]*)\)/.exec(expr) ?? []
      for (const label of grouped.split(', ').filter((label) => label !== '' && label !== 'le')) {
        expect(text, expr).toMatch(new RegExp(`${names[0]}\\{[^}]*${label}=`))
      }
    }
  })

  it('leave no panel on top of another', () => {
    const taken = new Set<string>()
    for (const { gridPos: place, title } of dashboard.panels) {
      expect(place.x + place.w, title).toBeLessThanOrEqual(24)
      for (let x = place.x; x < place.x + place.w; x += 1) {
        for (let y = place.y; y < place.y + place.h; y += 1) {
          expect(taken.has(`${x} ${y}`), title).toBe(false)
          taken.add(`${x} ${y}`)
        }
      }
    }
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
  })
})
