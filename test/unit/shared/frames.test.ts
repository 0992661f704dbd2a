import { describe, expect, it } from 'vitest'
import { type EdgeFrame, parseBridgeFrame, parseEdgeFrame } from '../../../shared/frames.ts'

const NUDGE_MAIL = {
  number: 1,
  kind: 'nudge',
  nudge: { openKfId: 'wk', token: '', createTime: 2 },
  receivedAt: 3,
} as const
const EVENT_MAIL = {
  number: 2,
  kind: 'event',
  event: { name: 'e', createTime: 2, addedOpenKfIds: ['a'], removedOpenKfIds: [] },
  receivedAt: 3,
} as const

describe('parseEdgeFrame', () => {
  it.each<EdgeFrame>([
    {
      type: 'deliver',
      mail: [
        NUDGE_MAIL,
        { ...EVENT_MAIL, event: { ...EVENT_MAIL.event, addedOpenKfIds: ['a'], removedOpenKfIds: [] } },
      ],
    },
    { type: 'deliver', mail: [] },
    { type: 'status', pending: 0, oldestAgeMs: 0 },
  ])('takes %j', (frame) => {
    expect(parseEdgeFrame(JSON.stringify(frame))).toEqual(frame)
  })

  it('ignores frames, mail and fields of a newer version', () => {
    expect(parseEdgeFrame('{"type":"tomorrow"}')).toBeUndefined()
    const frame = {
      type: 'deliver',
      mail: [
        { ...NUDGE_MAIL, more: 1 },
        { number: 5, kind: 'tomorrow', receivedAt: 1 },
      ],
    }
    expect(parseEdgeFrame(JSON.stringify(frame))).toEqual({ type: 'deliver', mail: [NUDGE_MAIL] })
  })

  it.each([
    'words',
    '[]',
    'null',
    '{"type":"deliver"}',
    '{"type":"deliver","mail":[1]}',
    '{"type":"deliver","mail":[{"number":"1","kind":"nudge","receivedAt":1}]}',
    '{"type":"deliver","mail":[{"number":1,"kind":"nudge","receivedAt":1}]}',
    '{"type":"deliver","mail":[{"number":1,"kind":"nudge","receivedAt":1,"nudge":{"openKfId":"wk","token":1,"createTime":1}}]}',
    '{"type":"status","pending":"0","oldestAgeMs":0}',
    '{"type":"status","pending":1.5,"oldestAgeMs":0}',
  ])('refuses %s', (text) => {
    expect(() => parseEdgeFrame(text)).toThrow(expect.objectContaining({ code: 'frame.malformed' }))
  })
})

describe('parseBridgeFrame', () => {
  it.each([{ type: 'ack', numbers: [1, 2] }, { type: 'ack', numbers: [] }, { type: 'sync' }])('takes %j', (frame) => {
    expect(parseBridgeFrame(JSON.stringify(frame))).toEqual(frame)
  })

  it('ignores a frame of a newer version', () => {
    expect(parseBridgeFrame('{"type":"window","size":5}')).toBeUndefined()
  })

  it.each([
    '',
    'ping',
    '"ack"',
    '{"type":"ack"}',
    '{"type":"ack","numbers":["1"]}',
    '{"type":"ack","numbers":[1e300]}',
  ])('refuses %j', (text) => {
    expect(() => parseBridgeFrame(text)).toThrow(expect.objectContaining({ code: 'frame.malformed' }))
  })
})
