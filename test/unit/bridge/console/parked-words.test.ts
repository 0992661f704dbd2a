import { describe, expect, it } from 'vitest'
import { toReasonText } from '../../../../bridge/console/parked-words.ts'
import { describeErrcode } from '../../../../bridge/wecom/error-table.ts'
import { describeFailType } from '../../../../bridge/wecom/fail-type-table.ts'

const MEANINGS = { meaningOf: describeErrcode, failMeaningOf: describeFailType }

describe('toReasonText', () => {
  it.each([
    ['wecom.refused 60020', /^平台拒绝：60020 .*\p{Script=Han}/u],
    ['fail_type 8', /^平台没有送达：企业主体未验证$/],
    ['quota', /额度/],
    ['servicer-ended', /接待人员结束/],
  ])('says %s in Chinese', (reason, words) => {
    expect(toReasonText(reason, MEANINGS).zh).toMatch(words)
  })

  it('shows what it does not know as it is', () => {
    expect(toReasonText('new.code', MEANINGS)).toEqual({ zh: 'new.code', en: 'new.code' })
  })
})
