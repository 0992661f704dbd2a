import { describe, expect, it } from 'vitest'
import { checkRecords, countWrong } from '../../chaos/check-records.ts'
import { createSchedule, type Plan } from '../../chaos/schedule.ts'
import type { Entry, SimulatorRecord } from '../../simulator/record-book.ts'

const place = { openKfId: 'wk', externalUserId: 'wm' }

function wrote(id: string, over: Partial<SimulatorRecord> = {}): Entry {
  return { kind: 'written', msgid: id, ...place, msgtype: 'text', text: `问 ${id}`, body: {}, ...over } as Entry
}
function got(text: string, externalUserId = 'wm'): Entry {
  const rest = { msgid: text, msgtype: 'text', body: {}, cut: false, endpoint: 'kf/send_msg' }
  return { kind: 'delivered', ...place, externalUserId, text, ...rest }
}
function missed(text: string, externalUserId = 'wm'): Entry {
  return { ...got(text, externalUserId), kind: 'undelivered', failType: 3 } as Entry
}
const shuffled: Entry = { kind: 'faulted', endpoint: 'kf/sync_msg', action: 'shuffled-page' }

function check(...entries: Entry[]) {
  return checkRecords(entries.map((entry, index) => ({ seq: index + 1, at: 1000, ...entry })))
}

const [m1, m2, m3] = ['m00001', 'm00002', 'm00003'] as const

describe('checkRecords', () => {
  it('finds nothing wrong with one answer to each burst', () => {
    const verdict = check(wrote(m1), wrote(m2), got(`收到 ${m1} ${m2}`), wrote(m3), got(m3))
    expect(verdict).toMatchObject({ written: 3, answeredOnce: 3, answers: 2 })
    expect(countWrong(verdict)).toBe(0)
  })

  it('reads the id of a message that is no text from its body', () => {
    const verdict = check(wrote(m1, { text: '', body: { name: m1 } }), got(m1))
    expect(verdict).toMatchObject({ written: 1, answeredOnce: 1 })
  })

  it.each([
    { fault: 'lost', entries: [wrote(m1), wrote(m2), got(m2)], found: { lost: [m1] } },
    { fault: 'answered twice', entries: [wrote(m1), got(m1), got(m1)], found: { answeredTwice: [m1] } },
    { fault: 'named twice in one answer', entries: [wrote(m1), got(`${m1} ${m1}`)], found: { answeredTwice: [m1] } },
    {
      fault: 'out of order between answers',
      entries: [wrote(m1), wrote(m2), got(m2), got(m1)],
      found: { outOfOrder: [m1] },
    },
    { fault: 'out of order in one', entries: [wrote(m1), wrote(m2), got(`${m2} ${m1}`)], found: { outOfOrder: [m1] } },
    {
      fault: 'sent to somebody else',
      entries: [wrote(m1), got(m1), got(m1, 'wmOther')],
      found: { toTheWrongCustomer: [m1] },
    },
    {
      fault: 'an apology on top of an answer',
      entries: [wrote(m1), got(m1), got('抱歉')],
      found: { needlessApologies: 1 },
    },
    {
      fault: 'two apologies for one message',
      entries: [wrote(m1), got('抱歉'), got('抱歉')],
      found: { needlessApologies: 1, apologised: [m1] },
    },
    {
      fault: 'lost before an apology for something later',
      entries: [wrote(m1), wrote(m2), got(m2), wrote(m3), got('抱歉')],
      found: { lost: [m1], apologised: [m3] },
    },
    { fault: 'lost after an apology', entries: [wrote(m1), got('抱歉'), wrote(m2)], found: { lost: [m2] } },
  ])('finds: $fault', ({ entries, found }) => {
    const verdict = check(...entries)
    expect(verdict).toMatchObject(found)
    expect(countWrong(verdict)).toBe(1)
  })

  it('counts an apology for a burst as one for each of its messages, and for nothing else', () => {
    const verdict = check(wrote(m1), wrote(m2), got('抱歉'), wrote(m3), got(m3))
    expect(verdict).toMatchObject({ apologised: [m1, m2], answeredOnce: 1 })
    expect(countWrong(verdict)).toBe(0)
  })

  it('counts what the platform took and did not deliver for itself: not lost, not answered, and not ours to repeat', () => {
    const verdict = check(wrote(m1), missed(m1), wrote(m2), missed(m2), got(m2), wrote(m3), missed('抱歉'))
    expect(verdict).toMatchObject({
      ...{ undelivered: [m1], answersUndelivered: 3 },
      ...{ answeredOnce: 1, lost: [], apologised: [m3] },
    })
    expect(countWrong(verdict)).toBe(0)
    expect(check(wrote(m1), missed(m1, 'wmOther'))).toMatchObject({ toTheWrongCustomer: [m1], lost: [m1] })
  })

  it('takes the rest of a long answer for no apology, and finds one that came twice', () => {
    expect(countWrong(check(wrote(m1), got(`收到 ${m1}`), got('续 n00001')))).toBe(0)
    expect(check(wrote(m1), got(m1), got('续 n00001'), got('续 n00001'))).toMatchObject({ answeredTwice: ['n00001'] })
  })

  it('excuses a swap within one second and one answer, if the platform has swapped a page', () => {
    expect(check(wrote(m1), wrote(m2), shuffled, got(`${m2} ${m1}`))).toMatchObject({
      swappedByPlatform: 1,
      outOfOrder: [],
    })
    expect(check(wrote(m1), wrote(m2, { at: 2500 }), shuffled, got(`${m2} ${m1}`))).toMatchObject({ outOfOrder: [m1] })
    expect(check(wrote(m1), wrote(m2), shuffled, got(m2), got(m1))).toMatchObject({ outOfOrder: [m1] })
    expect(check(shuffled, wrote(m1), wrote(m2), got(`${m2} ${m1}`))).toMatchObject({ outOfOrder: [m1] })
  })

  it('counts what the platform and the network did', () => {
    const refused = { endpoint: 'kf/send_msg', meaning: '', why: '', ...place, msgid: 'x' }
    const verdict = check(
      { kind: 'refused', errcode: 95033, injected: false, ...refused },
      { kind: 'refused', errcode: -1, injected: true, ...refused },
      shuffled,
    )
    expect(verdict).toMatchObject({ resendsRefused: 1, faults: 2 })
  })
})

describe('createSchedule', () => {
  const kills = { bridge: 20, broker: 2, database: 2, edge: 2 }
  const rest = { revokedTokens: 1, foreignCallbacks: 1 }
  const plan: Plan = { seed: 7, customers: 5, messages: 50, seconds: 10, bridges: 3, kills, cuts: 4, ...rest }

  it('is the same for a seed and another for the next', () => {
    expect(createSchedule(plan)).toEqual(createSchedule(plan))
    expect(createSchedule(plan)).not.toEqual(createSchedule({ ...plan, seed: 8 }))
  })

  it('holds what the plan asks for, each message under an id of its own', () => {
    const { writings, troubles } = createSchedule(plan)
    expect(new Set(writings.map(({ id }) => id)).size).toBe(50)
    expect(troubles.filter(({ kind }) => kind === 'kill')).toHaveLength(26)
    expect(troubles.filter(({ kind }) => kind === 'cut' || kind === 'stall')).toHaveLength(4)
  })
})
