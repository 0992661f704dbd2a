/** A voice message, or any other recording, in words. */
import type { MediaReading, ReadMedia } from '../media/media-reader.ts'
import { withoutMarks } from '../quote-content.ts'
import { limitText } from '../read-fields.ts'
import { detectSound } from './detect-sound.ts'
import type { Heard, Listen } from './listen.ts'
import { readHead } from './read-head.ts'

const MAX_CHARS = 6_000
const MAX_TITLE_CHARS = 60

/** Rejects with the reason of `signal` and with `asr.unavailable`, which is retryable. */
export function createReadVoice({ listen }: { listen: Listen }): ReadMedia {
  return async ({ path }, signal) => {
    const format = detectSound(await readHead(path))
    return toReading(format === undefined ? { kind: 'broken' } : await listen(path, format, signal))
  }
}

function toReading(heard: Heard): MediaReading {
  if (heard.kind === 'broken') {
    return {
      text: '[语音]（客户发来一段语音，但文件已损坏或格式不对，听不了，可以请客户重新发送或改发文字）',
      title: '[语音]',
    }
  }
  if (heard.kind === 'too-heavy') {
    const text = '[语音]（客户发来一段录音，没能在限定的时间内听完，请客户改发文字）'
    return { text, title: '[语音]', isUnreadable: true }
  }
  const length = heard.seconds === undefined ? '' : `约 ${describeSeconds(heard.seconds)}的`
  if (heard.kind === 'unheard') {
    const text = `[语音]（客户发来一段${length}语音，暂时听不了，请客户改发文字）`
    return { text, title: '[语音]', isUnreadable: true }
  }
  if (heard.text === '') {
    return {
      text: '[语音]（客户发来一段语音，里面没有听到说话，可以请客户再说一次或改发文字）',
      title: '[语音]（没有说话）',
    }
  }
  const words = describeWords(heard)
  return {
    text: `[语音，${describeSeconds(heard.seconds)}，以下是转成的文字]\n${words}`,
    title: `[语音] ${limitText(words, MAX_TITLE_CHARS)}`,
  }
}

/** What was said, and that there is more if so. */
export function describeWords({ text, isCut }: Extract<Heard, { kind: 'heard' }>): string {
  return `${withoutMarks(limitText(text, MAX_CHARS))}${isCut ? '（录音很长，后面的没有听）' : ''}`
}

/** E.g. 8 秒 or 2 分 5 秒. */
export function describeSeconds(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds))
  if (whole < 60) return `${whole} 秒`
  return whole % 60 === 0 ? `${Math.floor(whole / 60)} 分钟` : `${Math.floor(whole / 60)} 分 ${whole % 60} 秒`
}
