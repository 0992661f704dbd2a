import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../../../../../bridge/parse/documents/reading.ts'
import { readPage } from '../../../../../bridge/parse/pages/read-page.ts'

const read = (body: string, head = '') =>
  readPage(
    {
      bytes: Buffer.from(`<!doctype html><html><head>${head}</head><body>${body}</body></html>`),
      url: 'https://a.test/',
    },
    DEFAULT_LIMITS,
  )
const textOf = (body: string, head?: string) => {
  const reading = read(body, head)
  return reading.outcome === 'read' ? reading.text : reading.reason
}

describe('readPage', () => {
  it('takes the article and leaves what is around it', () => {
    const article = '<h1>退货须知</h1><p>七天内可以无理由退货，<b>运费</b>由<a href="/x">买家</a>承担。</p>'
    expect(
      textOf(
        `<nav>首页</nav><div class="sidebar">热门推荐</div><article>${article}</article><footer>版权所有</footer>`,
      ),
    ).toBe('退货须知\n七天内可以无理由退货，运费由买家承担。')
  })

  it.each([
    [
      'a table',
      '<table><tr><th>项</th> <th>值</th></tr><tr><td>运<b>费</b></td><td><p>十元</p></td></tr></table>',
      '项 | 值\n运费 | 十元',
    ],
    ['a list', '<ul><li>一</li><li>二</li></ul>', '- 一\n- 二'],
    ['lines', '<div>一<br>二</div><div>三</div>', '一\n二\n三'],
    ['blanks of the markup', '<p>  一\n   二  </p>\n\n\n<p>三</p>', '一 二\n三'],
    ['a short page', '<p>营业到九点</p>', '营业到九点'],
    ['a page of text alone', '营业到九点', '营业到九点'],
    ['entities', '<p>A&amp;B &lt;c&gt; &#20013;</p>', 'A&B <c> 中'],
  ])('keeps the shape of %s', (_what, body, expected) => {
    expect(textOf(body)).toBe(expected)
  })

  it('reads what WeChat hides until its script runs, and nothing else that is hidden', () => {
    expect(
      textOf(
        '<div id="js_content" style="visibility: hidden; opacity: 0;"><p>正文</p><p style="display:none">藏</p></div><div>扫一扫</div>',
      ),
    ).toBe('正文')
  })

  it.each([
    ['its own name for sharing', '<meta property="og:title" content="分享"><title>标题</title>', '分享'],
    ['its title', '<title> 标\n题 </title>', '标 题'],
    ['its first heading', '', '大标题'],
  ])('is called by %s', (_what, head, title) => {
    expect(read('<h1>大标题</h1><p>文字</p>', head)).toMatchObject({ title })
  })

  it('shows white letters on a coloured box', () => {
    expect(textOf('<div style="background:#c00"><p style="color:#fff">限时优惠</p></div>')).toBe('限时优惠')
  })

  it('shows what is hidden on other screens only', () => {
    expect(textOf('<p class="a">看得见</p>', '<style>@media print{.a{display:none}}</style>')).toBe('看得见')
  })

  it('takes the description of a page that a script fills', () => {
    expect(textOf('<div id="app"></div>', '<meta name="description" content="卖鞋的店">')).toBe('卖鞋的店')
  })

  it.each([
    ['verify-page', '<h2>环境异常</h2><p>当前环境异常，完成验证后即可继续访问。</p>', ''],
    ['verify-page', '<p>checking</p>', '<title>Just a moment...</title>'],
    ['empty', '<div></div><script>a()</script>', ''],
  ])('says %s of a page without content', (reason, body, head) => {
    expect(read(body, head)).toMatchObject({ outcome: 'unread', reason })
  })

  it('says that a page was too long', () => {
    expect(read('<p>很长</p>'.repeat(30_000))).toMatchObject({
      outcome: 'read',
      notes: [expect.stringContaining('只读取了前面')],
    })
  })
})
