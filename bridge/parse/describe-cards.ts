/** The small cards: business card, mini programme, channels, and the kinds that come without anything inside. */
import type { MessageText } from './message-text.ts'
import { type Fields, readLine } from './read-fields.ts'

export function describeBusinessCard(body: Fields): MessageText {
  const text = `[名片] ${readLine(body, 'userid', 64)}`.trim()
  return { text, title: text }
}

export function describeMiniprogram(body: Fields): MessageText {
  const title = `[小程序] ${readLine(body, 'title')}`.trim()
  const page = readLine(body, 'pagepath', 1024)
  return { text: page === '' ? title : `${title}（页面 ${page}）`, title }
}

const channelKinds: Readonly<Record<string, string>> = { 1: '视频号动态', 2: '视频号直播', 3: '视频号名片' }

export function describeChannels(body: Fields): MessageText {
  const kind = channelKinds[readLine(body, 'sub_type', 8)] ?? '视频号'
  const words = [readLine(body, 'nickname'), readLine(body, 'title')].filter((word) => word !== '')
  const text = `[${kind}] ${words.join('：')}`.trim()
  return { text, title: text }
}

export function describeMeeting(): MessageText {
  return { text: '[会议]（客户发来一个会议邀请，看不到其中的内容）', title: '[会议]' }
}

export function describeCalendar(): MessageText {
  return { text: '[日程]（客户发来一个日程，看不到其中的内容）', title: '[日程]' }
}

export function describeNote(): MessageText {
  return { text: '[笔记]（客户发来一篇微信笔记，看不到其中的内容，可以请客户复制成文字）', title: '[笔记]' }
}
