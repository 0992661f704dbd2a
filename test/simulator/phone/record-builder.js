// @ts-check
/** Puts a forwarded chat record together: lines of several people, files and another record among them. */
import { ask } from './ask.js'
import { make, makeButton, makeSelect } from './make-node.js'
import { sampleFile, samplePicture, sampleVoice } from './samples.js'
import { addMedia, pickFile, sendMessage } from './send-file.js'
import { attempt } from './simulator.js'
import { view } from './view.js'

/** @typedef {{ sender: string, msgtype: string, words: string, file?: File }} Line */

const KINDS = /** @type {const} */ ([
  ['text', '文字'],
  ['image', '图片'],
  ['voice', '语音'],
  ['video', '视频'],
  ['file', '文件'],
  ['link', '链接'],
  ['location', '位置'],
  ['merged_msg', '聊天记录'],
])
const FILE_KINDS = ['image', 'voice', 'video', 'file']

export async function sendRecord() {
  /** @type {Line[]} */
  const lines = [
    { sender: '小李', msgtype: 'text', words: '这款还有货吗？' },
    { sender: '小王', msgtype: 'image', words: '', file: await samplePicture('保温杯') },
    { sender: '小王', msgtype: 'file', words: '', file: sampleFile() },
    { sender: '小李', msgtype: 'merged_msg', words: '上周我也问过，他们说月底到货' },
  ]
  const list = make('ol', 'builder')
  const render = () => list.replaceChildren(...lines.map((line, index) => row(lines, line, index, render)))
  const add = makeButton('', '＋ 再加一条', () => {
    lines.push({ sender: lines.at(-1)?.sender ?? '小李', msgtype: 'text', words: '' })
    render()
  })
  render()
  const answer = await ask('转发聊天记录', [{ name: 'title', label: '标题', value: '群聊的聊天记录' }], list, add)
  if (answer === undefined) return
  await sendMessage('merged_msg', { title: answer.title, item: await Promise.all(lines.map(toItem)) })
}

/** @param {Line[]} lines @param {Line} line @param {number} index @param {() => void} render */
function row(lines, line, index, render) {
  const sender = /** @type {HTMLInputElement} */ (make('input', 'sender'))
  sender.value = line.sender
  sender.setAttribute('aria-label', `第 ${index + 1} 条：谁说的`)
  sender.addEventListener('input', () => {
    line.sender = sender.value
  })
  const kind = makeSelect(`第 ${index + 1} 条：类型`, KINDS, line.msgtype)
  kind.addEventListener('change', () => {
    line.msgtype = kind.value
    delete line.file
    render()
  })
  const remove = makeButton('icon', '×', () => {
    lines.splice(index, 1)
    render()
  })
  remove.setAttribute('aria-label', `删掉第 ${index + 1} 条`)
  return make(
    'li',
    '',
    sender,
    kind,
    FILE_KINDS.includes(line.msgtype) ? filePicker(line, render) : words(line, index),
    remove,
  )
}

/** @param {Line} line @param {() => void} render */
function filePicker(line, render) {
  return makeButton('pick', line.file?.name ?? '选择文件…', () =>
    attempt(async () => {
      const file = await pickFile('')
      if (file !== undefined) line.file = file
      render()
    }),
  )
}

/** @param {Line} line @param {number} index */
function words(line, index) {
  const input = /** @type {HTMLInputElement} */ (make('input', 'words'))
  input.value = line.words
  input.setAttribute('aria-label', `第 ${index + 1} 条：内容`)
  input.addEventListener('input', () => {
    line.words = input.value
  })
  return input
}

/** @param {Line} line */
async function toItem(line) {
  const { sender, msgtype } = line
  const body = await toBody(line)
  const send_time = Math.floor(view.overview.now / 1000)
  return { send_time, msgtype, sender_name: sender, msg_content: JSON.stringify({ msgtype, [msgtype]: body }) }
}

/** @param {Line} line @returns {Promise<object>} */
async function toBody({ msgtype, words: content, file, sender }) {
  switch (msgtype) {
    case 'image':
      return { media_id: await addMedia(msgtype, file ?? (await samplePicture(content || '图片'))) }
    case 'voice':
      return { media_id: await addMedia(msgtype, file ?? sampleVoice()) }
    case 'video':
    case 'file':
      return { media_id: await addMedia(msgtype, file ?? sampleFile()) }
    case 'link':
      return { title: content, desc: '', url: /^https?:/.test(content) ? content : 'https://example.com/', pic_url: '' }
    case 'location':
      return { name: content, address: '', latitude: 23.106021, longitude: 113.320503 }
    case 'merged_msg':
      return { title: `${sender}的聊天记录`, item: [await toItem({ sender, msgtype: 'text', words: content })] }
    default:
      return { content }
  }
}
