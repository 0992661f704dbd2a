import { describe, expect, it } from 'vitest'
import { createLinkGuard, OMITTED_LINK } from '../../../../bridge/answer/guard-links.ts'

const guard = createLinkGuard({
  texts: ['退货请看 https://help.shop.com/return?id=7。', '客户发来 www.taobao.com/item/1'],
  allowed: ['mycompany.com', 'https://docs.other.com/kf/'],
})

describe('createLinkGuard', () => {
  it.each([
    'https://help.shop.com/return?id=7',
    'HTTPS://HELP.shop.com/return?id=7',
    '（https://help.shop.com/return?id=7）',
    'help.shop.com/return?id=7',
    'www.taobao.com/item/1',
    'https://mycompany.com/a?b=c',
    'https://www.mycompany.com',
    'https://docs.other.com/kf/3.html',
    '价格 3.5 元，v1.2.3，约 10.5%，node.js 与 a.b 都不是网址',
    '邮箱 service@unknown.com',
    '写信到 a.b@unknown.com，或 first-last@unknown.com。',
    '1.公司\n2.网络\n3.网店',
    '按 1️⃣ 或 👩‍💻，v2.0，e.g. A.B，合同.pdf，driver.zip，9.5cm/10.5cm，Node.js/Vue.js，见 a.txt/b',
    '时间 9:00-18:00，电话 400-800-1234',
  ])('leaves %s as it is', (text) => {
    expect(guard(text)).toEqual({ text, omitted: 0 })
  })

  it.each([
    'https://evil.com/x',
    'http://evil.com',
    'evil.com/pay',
    'evil.top',
    'www.evil.cn',
    'ｅｖｉｌ.com',
    'evil。com',
    'ev\u200bil.com',
    'https://help.shop.com/return?id=8',
    'https://help.shop.com/return?id=7&words=secret',
    'https://mycompany.com.evil.xyz/a',
    'https://notmycompany.com',
    'https://mycompany.com@evil.com/',
    'https://docs.other.com/kfx',
    'https://docs.other.com/other',
    'weixin://dl/business/?t=1',
    'javascript:alert(1)',
    'ftp://files.evil.com/a',
    '203.0.113.7/login',
    'http://203.0.113.7/login',
    'https://点击.com/领奖',
    'xn--fiq228c.com',
    '官网-evil.com/pay',
    '...evil.com/pay',
    '@evil.com/pay',
    '_evil.com',
    'a_b.evil.com/pay',
    'evil.com_',
    'evil.com-',
    'evil.bond',
    'www.evil.museum',
    'evil.museum/pay',
    'evil｡com',
    'evil․com',
    'evil\u200d.com',
    'evil\ufe0f.com',
    '𝐞𝐯𝐢𝐥.com',
    'ⓔⓥⓘⓛ.com',
    '#小程序://evil/AbCdEf',
    '恶意evil网.com/pay',
    'evil网.中国',
    'https://docs.other.com/kf/../evil',
    'https://docs.other.com/kf/%2e%2E/evil',
  ])('takes %s out', (address) => {
    const { text, omitted } = guard(`请看 ${address} 谢谢`)
    expect(omitted).toBe(1)
    expect(text).toContain(OMITTED_LINK)
    expect(text.normalize('NFKC')).not.toMatch(/evil|203\.0|secret|alert|kfx|other\.com\/other|notmy|id=8|fiq|weixin:/i)
  })

  it('takes no long time over any text', () => {
    const startedAt = performance.now()
    for (const piece of ['a.', 'a', '-', '_.', '网.', 'a@', 'www.', 'a/', '1.']) guard(piece.repeat(20_000))
    expect(performance.now() - startedAt).toBeLessThan(3000)
  })

  it('takes each of several out and keeps the words between them', () => {
    expect(guard('一 https://a.evil.com 二 https://mycompany.com 三 b.evil.com').text).toBe(
      `一 ${OMITTED_LINK} 二 https://mycompany.com 三 ${OMITTED_LINK}`,
    )
  })
})
