import { expect, it } from 'vitest'
import { contentText } from '../../../../bridge/stages/content-text.ts'
import type { ReplyContent } from '../../../../bridge/wecom/outgoing-content.ts'

const media = { stored: 'knowledge:1' }

it.each<[ReplyContent, string]>([
  [{ type: 'text', text: '您好' }, '您好'],
  [{ type: 'image', media }, '[图片]'],
  [{ type: 'voice', media }, '[语音]'],
  [{ type: 'video', media }, '[视频]'],
  [{ type: 'file', media }, '[文件]'],
  [{ type: 'link', title: '退货', url: 'https://a.com', thumb: media }, '[链接] 退货 https://a.com'],
  [{ type: 'miniprogram', appId: 'wx1', pagePath: 'p.html', title: '商城', thumb: media }, '[小程序] 商城'],
  [{ type: 'miniprogram', appId: 'wx1', pagePath: 'p.html', thumb: media }, '[小程序]'],
  [
    {
      type: 'menu',
      head: '请选择',
      items: [
        { type: 'click', text: '退货' },
        { type: 'view', text: '官网', url: 'https://a.com' },
      ],
    },
    '请选择\n退货\n官网 https://a.com',
  ],
  [{ type: 'location', latitude: 1, longitude: 2, name: '门店', address: '人民路' }, '[位置] 门店 人民路'],
  [{ type: 'acquisition-link', url: 'https://work.weixin.qq.com/ca/1' }, '[获客链接] https://work.weixin.qq.com/ca/1'],
  [{ type: 'business-card', userId: 'li' }, '[名片]'],
])('%j is remembered as "%s"', (content, text) => {
  expect(contentText(content)).toBe(text)
})
