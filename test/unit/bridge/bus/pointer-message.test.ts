import { describe, expect, it } from 'vitest'
import { encodePointer, parsePointer } from '../../../../bridge/bus/pointer-message.ts'

describe('parsePointer', () => {
  it('reads what encodePointer wrote', () => {
    const pointer = { stage: 'reply', key: 'wkAAA:wm客户' } as const
    expect(parsePointer(encodePointer(pointer))).toEqual(pointer)
  })

  it.each([
    '',
    'null',
    '[]',
    '{"stage":"reply"}',
    '{"stage":"other","key":"a"}',
    '{"stage":"reply","key":""}',
    '{"stage":"reply","key":1}',
  ])('takes %j for no pointer', (body) => {
    expect(parsePointer(Buffer.from(body))).toBeUndefined()
  })
})
