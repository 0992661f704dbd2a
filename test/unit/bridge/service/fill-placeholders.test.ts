import { describe, expect, it } from 'vitest'
import { createFillNickname } from '../../../../bridge/service/fill-nickname.ts'
import { fillPlaceholders, toShownNickname } from '../../../../bridge/service/fill-placeholders.ts'

const claim = { externalUserId: 'wm1' } as Parameters<ReturnType<typeof createFillNickname>>[1]
const never = new AbortController().signal

describe('fillPlaceholders', () => {
  it('fills every word that is shown, and leaves what it does not know', () => {
    expect(fillPlaceholders({ type: 'text', text: '{nickname}好，{nickname}！{other}' }, { nickname: '小雨' })).toEqual(
      {
        type: 'text',
        text: '小雨好，小雨！{other}',
      },
    )
    const menu = { type: 'menu' as const, head: '{nickname}', items: [], tail: '{nickname}' }
    expect(fillPlaceholders(menu, { nickname: '' })).toMatchObject({ head: '', tail: '' })
  })
  it('takes a name for a name, whatever is in it', () => {
    expect(fillPlaceholders({ type: 'text', text: '{nickname}' }, { nickname: '$& {nickname}' })).toMatchObject({
      text: '$& {nickname}',
    })
  })
})

describe('toShownNickname', () => {
  it.each([
    ['小\n雨\u202e', '小 雨'],
    ['  a  b ', 'a b'],
    ['长'.repeat(50), '长'.repeat(20)],
    ['😀'.repeat(30), '😀'.repeat(20)],
  ])('%j becomes one short line', (nickname, shown) => expect(toShownNickname(nickname)).toBe(shown))
})

describe('the nickname of a notice', () => {
  it('is asked for only where there is a place for it, and is left out when it can not be had', async () => {
    let asked = 0
    const fill = createFillNickname({
      getCustomers: async () => {
        asked += 1
        throw new Error('away')
      },
    })
    expect(await fill('{"type":"text","text":"您好"}', claim, never)).toBe('{"type":"text","text":"您好"}')
    expect(asked).toBe(0)
    expect(await fill('{"type":"text","text":"{nickname}您好"}', claim, never)).toBe('{"type":"text","text":"您好"}')
    expect(asked).toBe(1)
  })
})
