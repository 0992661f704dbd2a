import { describe, expect, it } from 'vitest'
import { createMenuBook } from '../../../../../bridge/service/menus/menu-book.ts'
import { parseMenuFile } from '../../../../../bridge/service/menus/parse-menu-file.ts'
import { createRecordingLogger } from '../../../../support/recording-logger.ts'
import { settingsWith } from '../default-settings.ts'

const GOOD = `{
  "menus": {
    "main": {
      "head": "请选择：",
      "items": [
        { "text": "退货流程", "answer": "七天内可退。" },
        { "text": "尺码", "ask": "你们的鞋子尺码怎么选？" },
        { "text": "什么时候发货", "ask": true },
        { "text": "更多", "menu": "more" },
        { "text": "人工客服", "handOver": true },
        { "text": "官网", "url": "https://example.com" },
        { "text": "会员", "appId": "wx1", "pagePath": "pages/index.html" },
        { "text": "也可以直接提问", "note": true }
      ],
      "tail": "谢谢"
    },
    "more": { "items": [{ "text": "返回", "menu": "main" }] }
  },
  "words": { "菜单": "main", " Menu ": "main" }
}`

describe('parseMenuFile', () => {
  it('makes menus whose taps are known', () => {
    const { menus, taps, words } = parseMenuFile(GOOD)
    const items = menus.get('main')?.items ?? []
    expect(items.map(({ type }) => type)).toEqual([...Array(5).fill('click'), 'view', 'miniprogram', 'text'])
    const actions = items.flatMap((item) => (item.type === 'click' ? [taps.get(item.id ?? '')] : []))
    expect(actions).toEqual([
      { kind: 'answer', text: '七天内可退。' },
      { kind: 'ask', question: '你们的鞋子尺码怎么选？' },
      { kind: 'ask', question: '什么时候发货' },
      { kind: 'menu', name: 'more' },
      { kind: 'hand-over' },
    ])
    expect(words.get('menu')).toBe('main')
  })

  it('gives an item the same id wherever it stands, so that old menus still lead somewhere', () => {
    const before = parseMenuFile('{"menus":{"m":{"items":[{"text":"甲","answer":"1"},{"text":"乙","answer":"2"}]}}}')
    const after = parseMenuFile('{"menus":{"m":{"items":[{"text":"乙","answer":"3"}]}}}')
    const [id] = [...after.taps.keys()]
    expect(before.taps.get(id ?? '')).toEqual({ kind: 'answer', text: '2' })
  })

  it.each([
    ['a comma too many', GOOD.replace('"tail": "谢谢"', '"tail": "谢谢",'), 16],
    ['an end that is missing', '{\n  "menus": {', 2],
    ['two things at once', GOOD.replace('"menu": "more" }', '"menu": "more", "answer": "x" }'), 9],
    ['nothing that it leads to', GOOD.replace(', "handOver": true', ''), 10],
    ['an address that is none', GOOD.replace('https://example.com', 'example'), 11],
    ['a menu that is not there', GOOD.replace('"menu": "main" }]', '"menu": "nain" }]'), 17],
    ['a word for none', GOOD.replace('"菜单": "main"', '"菜单": "none"'), 19],
    ['the same twice', GOOD.replace('"尺码"', '"退货流程"'), 7],
    ['an unknown name', GOOD.replace('"tail"', '"foot"'), 3],
    ['too long a text', GOOD.replace('退货流程', '长'.repeat(43)), 6],
    [
      'eleven items',
      GOOD.replace(
        '{ "text": "返回", "menu": "main" }',
        Array.from({ length: 11 }, (_, no) => `{"text":"${no}","answer":"x"}`).join(','),
      ),
      17,
    ],
  ])('names the line of %s', (_what, text, line) => {
    expect(() => parseMenuFile(text)).toThrow(new RegExp(`^line ${line}: `))
  })

  it('names all faults at once', () => {
    const bad = GOOD.replace('https://example.com', 'example').replace('"answer": "七天内可退。"', '"answer": ""')
    expect(() => parseMenuFile(bad)).toThrow(/line 6: [^\n]*\nline 11: /)
  })
})

describe('the book of menus', () => {
  it('takes the account file before the default one, and keeps the last good one', () => {
    const log = createRecordingLogger()
    const settings = settingsWith()
    const book = createMenuBook({ settingsOf: () => settings, log })
    const named = (head: string) =>
      JSON.stringify({ menus: { main: { head, items: [{ text: '甲', answer: '1' }] } }, words: { 菜单: 'main' } })
    book.onFile('default.json', named('all'))
    expect(book.findWord('wk1', ' 菜单 ')?.head).toBe('all')
    book.onFile('wk1.json', named('own'))
    expect(book.findMenu('wk1', 'main')?.head).toBe('own')
    expect(book.findMenu('wk2', 'main')?.head).toBe('all')
    book.onFile('wk1.json', '{')
    expect(book.findMenu('wk1', 'main')?.head).toBe('own')
    expect(log.lines.at(-1)).toMatchObject({ name: 'menus.invalid', fields: { file: 'wk1.json' } })
    book.onFile('wk1.json', undefined)
    expect(book.findMenu('wk1', 'main')?.head).toBe('all')
  })
})
