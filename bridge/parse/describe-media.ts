import type { MessageText } from './message-text.ts'

const unread: Readonly<Record<'image' | 'voice' | 'video' | 'file', MessageText>> = {
  image: { title: '[图片]', text: '[图片]（客户发来一张图片，现在还看不到内容，可以请客户用文字描述）' },
  voice: { title: '[语音]', text: '[语音]（客户发来一段语音，现在还听不了，可以请客户改发文字）' },
  video: { title: '[视频]', text: '[视频]（客户发来一段视频，现在还看不了，可以请客户用文字描述）' },
  file: { title: '[文件]', text: '[文件]（客户发来一个文件，现在还打不开，可以请客户把要点用文字发来）' },
}

/** Says honestly that what is inside is not known. */
export function describeMedia(kind: keyof typeof unread): MessageText {
  return unread[kind]
}
