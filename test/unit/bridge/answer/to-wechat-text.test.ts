import { describe, expect, it } from 'vitest'
import { toWechatText } from '../../../../bridge/answer/to-wechat-text.ts'
import { addresses, createRandom, emoji, markup, pauses, prose, randomText } from './random-text.ts'

describe('toWechatText', () => {
  it.each([
    ['headings', '## 退货说明 ##\n正文', '退货说明\n正文'],
    ['a topic is no heading', '#新品 #1 号', '#新品 #1 号'],
    ['bold', '请**务必**看', '请务必看'],
    ['bold Chinese quotes', '选择**“七天无理由”**即可', '选择“七天无理由”即可'],
    ['bold and italic', '很***重要***！', '很重要！'],
    ['italic', '*注意*：_备注_', '注意：备注'],
    ['underscores bold', '这是 __重点 内容__ 。', '这是 重点 内容 。'],
    ['struck out', '~~旧~~新', '旧新'],
    ['a link', '见[官网](https://a.com)。', '见官网 https://a.com。'],
    ['a link before a word', '点[官网](https://a.com "标题")查看', '点官网 https://a.com 查看'],
    ['a link named by its address', '[https://a.com](https://a.com)', 'https://a.com'],
    ['a link with brackets and underscores', '[a](https://a.com/x_(1)_y_z)', 'a https://a.com/x_(1)_y_z'],
    ['a link in bold', '**[官网](https://a.com)**', '官网 https://a.com'],
    ['a link to nowhere', '[首页](/home)、[x](#a)、[y](javascript:alert)', '首页、x、y'],
    ['a telephone link', '[客服](tel:400-100-2000)', '客服 400-100-2000'],
    ['a reference link', '见[说明][1]\n\n[1]: https://a.com/1 "t"', '见说明 https://a.com/1'],
    ['an HTML link', '<a href="https://a.com">官网</a>', '官网 https://a.com'],
    ['addresses in angle brackets', '<https://a.com/_x_>或<a@b.com>', 'https://a.com/_x_ 或 a@b.com'],
    ['a bare address in bold', '**https://a.com/a_b_c**', 'https://a.com/a_b_c'],
    ['images', '图：![说明](https://i.com/1.png)', '图：'],
    ['bullets', '- 甲\n* 乙\n+ 丙', '· 甲\n· 乙\n· 丙'],
    ['numbers', '1. 甲\n2) 乙\n10. 丙', '1. 甲\n2. 乙\n10. 丙'],
    ['nested lists', '1. 甲\n   - 乙\n     - 丙\n   - 丁\n2. 戊', '1. 甲\n  · 乙\n    · 丙\n  · 丁\n2. 戊'],
    ['tasks', '- [x] 完成\n- [ ] 待办', '☑ 完成\n☐ 待办'],
    ['a quotation', '> **引用**\n> 二', '引用\n二'],
    ['a table', '| 型号 | 价格 |\n|:--|--:|\n| A1 | **99** 元 |\n| B\\|2 |  |', '型号：A1；价格：99 元\n型号：B|2'],
    ['rules', '上\n\n---\n\n下\n***', '上\n\n下'],
    ['fences', '```js\nconst a = **b**\n\n\n# c\n```\n后', 'const a = **b**\n\n# c\n后'],
    ['a fence that never closes', '前\n```\n**a**', '前\n**a**'],
    ['code', '输入 `a_b*c*d` (即 ``x`y``)', '输入 a_b*c*d (即 x`y)'],
    ['HTML', '<b>粗</b><br>行<br/><span style="x">字</span><!-- 藏 -->', '粗\n行\n字'],
    ['entities', '3 &lt; 5 &amp;&nbsp;&#39;x&#x27; &nope;', "3 < 5 & 'x' &nope;"],
    ['escapes', '\\*不是\\* 1\\. \\_x\\_', '*不是* 1. _x_'],
    ['many blank lines', '甲\n\n\n\n乙\r\n丙  ', '甲\n\n乙\n丙'],
  ])('%s', (_name, markdown, text) => {
    expect(toWechatText(markdown)).toBe(text)
  })

  it.each([
    '5*6*7=210',
    '2**3**4',
    '长*宽*高',
    '10*20*30cm',
    '约 10*20* （单位 cm）',
    '3 * 4 * 5',
    '138****8000 和 139****9000',
    '138***8000 和 139***9000',
    'snake_case_name 与 __init__',
    'a_b_c@d_e.com',
    '>500 元包邮，<100 元不包',
    'C:\\Users\\x',
    '-5°C ~ 5°C',
    '价格 1~2 元',
    '[图片] 与 [注意]: 文字',
    'https://a.com/a*b*c_d_e?x=1&y=~2~',
    '1、甲\n2、乙',
    '（*）必填',
  ])('leaves alone: %s', (text) => {
    expect(toWechatText(text)).toBe(text)
  })

  it('loses no word, number or address of 3,000 random texts, and never throws', () => {
    const random = createRandom(7)
    const words = ['您好', '退货', '3.14', '1,000', '𠮷', '😀', '👨‍👩‍👧‍👦']
    for (let round = 0; round < 3000; round += 1) {
      const text = randomText(
        random,
        [words, pauses, ['**', '_', '# ', '\n- ', '\n1. ', '> ', '~~', '`', '\n```\n']],
        60,
      )
      const found = toWechatText(text)
      for (const word of words) {
        expect(found.split(word).length, JSON.stringify({ text, found })).toBe(text.split(word).length)
      }
    }
  })

  it('gives well-formed text without its own marks for whatever it is given', () => {
    const random = createRandom(8)
    for (let round = 0; round < 3000; round += 1) {
      const text = randomText(random, [prose, pauses, emoji, addresses, markup, markup], 80)
      const found = toWechatText(text)
      expect(found, JSON.stringify(text)).not.toMatch(/[\ue000-\ue003]|\n{3}|^\n|\s$/)
      expect(found.isWellFormed()).toBe(true)
    }
  })

  it.each([
    '**',
    '*a ',
    '_a ',
    '[',
    '[a](',
    '`',
    '<',
    '![',
    '~~',
    '|',
    '> ',
    '- ',
    '&',
    '\\',
    '<a href=',
    '***',
    '__ ',
    '<!--',
  ])('takes no longer for an endless row of %s', (piece) => {
    const startedAt = performance.now()
    toWechatText(piece.repeat(4000))
    expect(performance.now() - startedAt).toBeLessThan(1000)
  })
})
