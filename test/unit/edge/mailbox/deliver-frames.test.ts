import { expect, it } from 'vitest'
import { toDeliverFrames } from '../../../../edge/mailbox/deliver-frames.ts'
import { type Mail, parseEdgeFrame } from '../../../../shared/frames.ts'

const mail = (number: number, openKfId = 'wk'): Mail => ({
  number,
  kind: 'nudge',
  nudge: { openKfId, token: 't', createTime: 1 },
  receivedAt: 1,
})

it.each([
  [0, []],
  [1, [1]],
  [100, [100]],
  [101, [100, 101]],
  [250, [100, 200, 250]],
])('%i pieces end their frames at %j', (pieces, lastNumbers) => {
  const all = Array.from({ length: pieces }, (_, index) => mail(index + 1))
  const frames = toDeliverFrames(all)
  expect(frames.map(({ lastNumber }) => lastNumber)).toEqual(lastNumbers)
  const delivered = frames.flatMap(({ text }) => {
    const frame = parseEdgeFrame(text)
    return frame?.type === 'deliver' ? frame.mail : []
  })
  expect(delivered).toEqual(all)
})

it('keeps frames under a megabyte when events name thousands of accounts', () => {
  const frames = toDeliverFrames(Array.from({ length: 9 }, (_, index) => mail(index + 1, 'w'.repeat(200_000))))
  expect(frames.length).toBe(9)
  expect(Math.max(...frames.map(({ text }) => text.length))).toBeLessThan(1024 * 1024)
})
