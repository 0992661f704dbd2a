import { describe, expect, it } from 'vitest'
import { describeErrcode, errorTable, isRetryableAction } from '../../../../bridge/wecom/error-table.ts'
import { describeFailType } from '../../../../bridge/wecom/fail-type-table.ts'

// Every code of the platform's list that the bridge can meet.
const documented = `-1 6000 45035 40001 40091 40003 60111 40004 40005 40006 40009 40011 40123 44001 45001 45007 301016 301017
  40007 40145 41006 40008 40013 40014 42001 41001 41002 41004 40033 40035 40058 40063 44004 40039 40094 45034 40096 40146 830002
  40201 40204 40206 41050 41051 41096 43004 43009 45002 45009 45033 48001 48002 48004 48005 48006 48007 48010 50003 60031 301007
  50100 60011 60021 60030 60020 60251 60252 60253 90207 95000 95001 95002 95003 95004 95005 95006 95026 95027 95007 95008 95009
  95011 95012 95013 95014 95015 95016 95017 95018 95019 95020 95021 95022 95023 95024 95025 95028 95029 95030 95032 95031 95033
  511020 60003`

describe('errorTable', () => {
  it('has a Chinese and an English meaning for every documented code', () => {
    for (const code of documented.split(/\s+/).map(Number)) {
      expect(errorTable.get(code)?.meaning, String(code)).toMatch(/\p{Script=Han}/u)
      expect(errorTable.get(code)?.meaningEn, String(code)).toMatch(/^[\x20-\x7e]+$/)
    }
  })

  it.each([
    [-1, 'retry', true],
    [42001, 'refresh-token', true],
    [45009, 'wait', true],
    [95001, 'hand-over', false],
    [95007, 'pull-without-token', false],
    [95013, 'drop', false],
    [95018, 'read-state', false],
    [95033, 'accepted-before', false],
    [40001, 'alert', false],
    // Two sites treat 95026 as the five-message limit; both official tables say otherwise.
    [95026, 'alert', false],
    [40058, 'bug', false],
    [123456789, 'unknown', true],
  ])('gives %i the action %s', (code, action, retryable) => {
    expect(describeErrcode(code).action).toBe(action)
    expect(isRetryableAction(describeErrcode(code).action)).toBe(retryable)
  })
})

describe('describeFailType', () => {
  it.each([
    [6, 'hand-over'],
    [11, 'alert'],
    [13, 'drop'],
    [99, 'unknown'],
  ])('gives %i the action %s', (failType, action) => {
    expect(describeFailType(failType).action).toBe(action)
  })
})
