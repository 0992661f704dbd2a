import { describe, expect, it } from 'vitest'
import { decodeText } from '../../../../../bridge/parse/documents/decode-text.ts'

/** 退货 and 繁體 in their charsets, written out, because Node encodes UTF-8 alone. */
const gbk = Buffer.from('cdcbbbf5', 'hex')
const big5 = Buffer.from('c163c5e9a4a4a4e5bde8b0dda4a3a8ecaabaadecadec', 'hex')
const html = (head: string, body: Uint8Array) => Buffer.concat([Buffer.from(`<html><head>${head}</head><body>`), body])

describe('decodeText', () => {
  it.each([
    ['UTF-8', Buffer.from('退货'), {}],
    ['UTF-8 with a mark', Buffer.from('\ufeff退货'), { contentType: 'text/plain; charset=gbk' }],
    ['UTF-16LE with a mark', Buffer.from('\ufeff退货', 'utf16le'), {}],
    ['UTF-16BE with a mark', Buffer.from('\ufeff退货', 'utf16le').swap16(), {}],
    ['GBK by the header', gbk, { contentType: 'text/html; charset=GBK' }],
    ['GBK without a word about it', gbk, {}],
    ['GBK when the header says UTF-8', gbk, { contentType: 'text/html; charset=utf-8' }],
    ['GBK when the header says Latin', gbk, { contentType: 'text/html; charset=ISO-8859-1' }],
    ['GBK when the header says what there is not', gbk, { contentType: 'text/html; charset=hz-gb-2312' }],
    [
      'UTF-8 when the header says what there is not',
      Buffer.from('退货'),
      { contentType: 'text/html; charset=utf8mb4' },
    ],
    ['UTF-8 cut within a letter', Buffer.from('退货啊').subarray(0, 7), {}],
  ])('reads %s', (_what, bytes, origin) => {
    expect(decodeText(bytes, origin)).toMatch(/^退货/)
  })

  it.each(['gb2312', 'gbk', 'x-gbk', 'GB_2312-80', 'gb18030'])('reads markup that says %s', (label) => {
    expect(decodeText(html(`<meta charset="${label}">`, gbk), { isHtml: true })).toContain('退货')
    expect(
      decodeText(html(`<meta http-equiv=Content-Type content="text/html; charset=${label}">`, gbk), { isHtml: true }),
    ).toContain('退货')
  })

  it('reads Big5 by its statistics', () => {
    expect(decodeText(big5)).toContain('繁體中文')
  })

  it('never throws, whatever the bytes', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const bytes = Uint8Array.from({ length: 50 }, (_byte, index) => (seed * 31 + index * index * 17) % 256)
      expect(typeof decodeText(bytes)).toBe('string')
    }
  })
})
