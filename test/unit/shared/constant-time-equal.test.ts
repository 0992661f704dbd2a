import { expect, it } from 'vitest'
import { constantTimeEqual } from '../../../shared/constant-time-equal.ts'

it.each([
  ['', '', true],
  ['secret', 'secret', true],
  ['secret', 'secreT', false],
  ['secret', 'secre', false],
  ['secret', '', false],
  ['客服', '客服', true],
  ['客服', '客人', false],
])('compares %j and %j', async (left, right, equal) => {
  expect(await constantTimeEqual(left, right)).toBe(equal)
  expect(await constantTimeEqual(right, left)).toBe(equal)
})
