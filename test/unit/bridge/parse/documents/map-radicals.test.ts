import { describe, expect, it } from 'vitest'
import { mapRadicals } from '../../../../../bridge/parse/documents/map-radicals.ts'

describe('mapRadicals', () => {
  it.each([
    ['⼿⽆⽀⽅⼯⽇⽹⾃⾦', '手无支方工日网自金'],
    ['⺠⻓⻋⻔⻚⻛⻜⻢⻥⻦⻩⻬⻰⻳⻅⻉⻘⻄', '民长车门页风飞马鱼鸟黄齐龙龟见贝青西'],
  ])('gives %s as %s', (radicals, characters) => {
    expect(mapRadicals(radicals)).toBe(characters)
  })

  it('leaves no Kangxi radical', () => {
    const all = Array.from({ length: 214 }, (_radical, index) => String.fromCharCode(0x2f00 + index)).join('')
    expect(mapRadicals(all)).toMatch(/^[\u4e00-\u9fff]{214}$/u)
  })

  it('changes nothing else, full-width punctuation least of all', () => {
    const text = '，：（）！Ａ１①㎡…“”'
    expect(mapRadicals(text)).toBe(text)
  })
})
