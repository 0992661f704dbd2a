import { describe, expect, it } from 'vitest'
import type { AlertFacts } from '../../../../bridge/console/alerts/alert-facts.ts'
import { ALERT_LIMITS, ALERT_RULES } from '../../../../bridge/console/alerts/alert-rules.ts'

const NOW = 1_800_000_000_000
const LIMITS = { ...ALERT_LIMITS, ageMs: 120_000, patienceMs: 60_000 }
const meaning = { zh: '含义', en: 'meaning' }

const WELL: AlertFacts = {
  now: NOW,
  token: null,
  refusals: [],
  undelivered: [],
  spend: [{ openKfId: 'wk1', spentMicros: 100, capMicros: 1_000_000, unpricedModels: [] }],
  parked: 0,
  backlog: [{ stage: 'reply', count: 3, oldestDue: NOW - 5000 }],
  edge: { connected: true, oldestWaitingSeconds: 2, pending: 1 },
  bus: { up: true },
  disk: { freeBytes: 50e9, totalBytes: 100e9 },
  asr: null,
  model: { waiting: 0, reason: '', answeredAt: NOW - 1000 },
}

const NOTHING_KNOWN: AlertFacts = {
  now: NOW,
  token: undefined,
  refusals: undefined,
  undelivered: undefined,
  spend: undefined,
  parked: undefined,
  backlog: undefined,
  edge: undefined,
  bus: undefined,
  disk: undefined,
  asr: undefined,
  model: undefined,
}

const spent = (spentMicros: number, ...unpricedModels: string[]) => ({
  ...{ openKfId: 'wk1', spentMicros, capMicros: 1000, unpricedModels },
})

const look = (facts: AlertFacts) =>
  ALERT_RULES.flatMap((rule) => {
    const found = rule.look(facts, LIMITS)
    return found === 'unknown' ? [] : found
  })

describe('the alert rules', () => {
  it('are quiet while all is well', () => {
    expect(look(WELL)).toEqual([])
  })

  it('say what the operator does about a code, where that is known', () => {
    const todo = { zh: '打开后台', en: 'open the console' }
    const told = (refusals: AlertFacts['refusals']) => look({ ...WELL, refusals }).map((alert) => alert.todo.zh)
    expect(told([{ errcode: 48002, count: 2, meaning, todo }])).toEqual(['打开后台'])
    expect(told([{ errcode: 49999, count: 2, meaning }])).toEqual(['按错误码处理：docs/troubleshooting.zh-CN.md'])
  })

  it.each<[string, Partial<AlertFacts>, string[]]>([
    ['a refused secret', { token: { errcode: 40001, meaning } }, ['token-refused']],
    ['an untrusted address', { token: { errcode: 60020, meaning, address: '203.0.113.9' } }, ['untrusted-address']],
    ['an untrusted address in a call', { refusals: [{ errcode: 60020, count: 1, meaning }] }, ['untrusted-address']],
    ['calls that are refused', { refusals: [{ errcode: 48002, count: 2, meaning }] }, ['platform-refuses:48002']],
    [
      'an account that reaches nobody',
      { undelivered: [{ openKfId: 'wk1', failType: 8, count: 3, meaning }] },
      ['account-at-fault:8:wk1'],
    ],
    ['80 % of the spend', { spend: [spent(800)] }, ['spend:near:wk1']],
    ['all of the spend', { spend: [spent(1000)] }, ['spend:reached:wk1']],
    ['a price that nobody told', { spend: [spent(1, 'mystery')] }, ['spend-unknown:wk1']],
    ['a parked message', { parked: 1 }, ['parked']],
    ['an old message', { backlog: [{ stage: 'reply', count: 1, oldestDue: NOW - 120_001 }] }, ['unanswered']],
    ['many that are due', { backlog: [{ stage: 'parse', count: 1001, oldestDue: NOW }] }, ['backlog:parse']],
    ['an edge that can not be asked', { edge: null }, ['edge:unreachable']],
    [
      'an edge without a bridge',
      { edge: { connected: false, oldestWaitingSeconds: 0, pending: 0 } },
      ['edge:disconnected'],
    ],
    ['old mail', { edge: { connected: true, oldestWaitingSeconds: 121, pending: 1 } }, ['mailbox']],
    ['a bus that is down', { bus: { up: false, reason: 'away' } }, ['bus']],
    ['a disk with a twentieth left', { disk: { freeBytes: 4e9, totalBytes: 100e9 } }, ['disk']],
    ['a small disk with little left', { disk: { freeBytes: 0.4e9, totalBytes: 4e9 } }, ['disk']],
    ['a refused key of speech recognition', { asr: { status: 401 } }, ['asr']],
    ['a model that fails', { model: { waiting: 2, reason: 'answer.unavailable', answeredAt: NOW } }, ['model']],
  ])('tell of %s, and of nothing else', (_what, over, keys) => {
    const alerts = look({ ...WELL, ...over })
    expect(alerts.map(({ key }) => key)).toEqual(keys)
    for (const { title, todo } of alerts) {
      for (const text of [title, todo]) expect(Math.min(text.zh.length, text.en.length)).toBeGreaterThan(3)
    }
  })

  it('name the address to add', () => {
    const [alert] = look({ ...WELL, token: { errcode: 60020, meaning, address: '203.0.113.9' } })
    expect(alert?.detail.zh).toContain('203.0.113.9')
  })

  it.each<[string, Partial<AlertFacts>]>([
    ['exactly the age', { backlog: [{ stage: 'reply', count: 1, oldestDue: NOW - 120_000 }] }],
    ['a time without a row', { backlog: [{ stage: 'reply', count: 0, oldestDue: 0 }] }],
    ['no limit of spend', { spend: [] }],
    ['a thousand that are due', { backlog: [{ stage: 'parse', count: 1000, oldestDue: NOW }] }],
  ])('are quiet about %s', (_what, over) => {
    expect(look({ ...WELL, ...over })).toEqual([])
  })

  it('say of each matter that it is unknown when it is', () => {
    for (const rule of ALERT_RULES) expect(rule.look(NOTHING_KNOWN, LIMITS)).toBe('unknown')
  })

  it('do not call a model well again before it has answered', () => {
    const rule = ALERT_RULES.find(({ name }) => name === 'model')
    expect(rule?.look({ ...WELL, model: { waiting: 0, reason: '', answeredAt: undefined } }, LIMITS)).toBe('unknown')
  })
})
