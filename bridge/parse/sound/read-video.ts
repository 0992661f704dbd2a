/** A film in words: how long it is, what is said in it, and what can be read on three of its pictures, which are kept for a model that sees. */
import { createHash } from 'node:crypto'
import { isAppError } from '../../../shared/app-error.ts'
import type { Logger } from '../../logger.ts'
import type { KeepPicture, MediaReading, ReadMedia, StoredMedia } from '../media/media-reader.ts'
import { detectSound, type SoundFormat } from './detect-sound.ts'
import type { Heard, Listen } from './listen.ts'
import { readHead } from './read-head.ts'
import { describeSeconds, describeWords } from './read-voice.ts'
import type { Ffmpeg, FileFacts } from './run-ffmpeg.ts'

export interface ReadVideoDeps {
  ffmpeg: Pick<Ffmpeg, 'probe' | 'takePicture'>
  listen: Listen
  keepPicture: KeepPicture
  readImage: ReadMedia
  log: Logger
}

/** Where its pictures are taken, in parts of its length. */
const TAKEN_AT = [0.1, 0.5, 0.9]
/** Where its length isn't known, in seconds. */
const TAKEN_AT_S = [0.5, 2, 5]

const BROKEN: MediaReading = {
  text: '[视频]（客户发来一段视频，但文件已损坏或格式不对，看不了，可以请客户重新发送或用文字描述）',
  title: '[视频]',
}
const UNSEEN: MediaReading = {
  text: '[视频]（客户发来一段视频，暂时看不了，请客户用文字描述）',
  title: '[视频]',
  isUnreadable: true,
}
const TOO_HEAVY: MediaReading = {
  text: '[视频]（客户发来一段视频，没能在限定的时间内看完，请客户用文字描述）',
  title: '[视频]',
  isUnreadable: true,
}

/** Rejects with the reason of `signal`, and with what is retryable of its parts. */
export function createReadVideo({ ffmpeg, listen, keepPicture, readImage, log }: ReadVideoDeps): ReadMedia {
  /** Different ones, in their order; one that can't be taken costs nothing but itself. */
  const takePictures = async (path: string, format: SoundFormat, facts: FileFacts, signal: AbortSignal) => {
    const times = facts.seconds === undefined ? TAKEN_AT_S : TAKEN_AT.map((part) => part * (facts.seconds ?? 0))
    const pictures = new Map<string, { atS: number; bytes: Buffer }>()
    // The sound may be longer than the film: then its first picture is better than none.
    for (const atS of [...times, 0]) {
      if (atS === 0 && pictures.size > 0) continue
      const taken = await ffmpeg.takePicture({ path, format }, atS, signal)
      if (taken.kind === 'failed') log.debug('parse.no-picture', { why: taken.why })
      else if (taken.value.length > 0) {
        const hash = createHash('sha256').update(taken.value).digest('hex')
        if (!pictures.has(hash)) pictures.set(hash, { atS, bytes: taken.value })
      }
    }
    return [...pictures.values()]
  }

  const readPictures = async (
    taken: readonly { atS: number; bytes: Buffer }[],
    signal: AbortSignal,
    conv: string,
  ): Promise<{ lines: string[]; images: string[] }> => {
    const lines: string[] = []
    const images: string[] = []
    const seen = new Set<string>()
    for (const { atS, bytes } of taken) {
      const kept: StoredMedia = await keepPicture(bytes, 'image/jpeg')
      const reading = await readImage(kept, signal, conv)
      images.push(...(reading.images ?? [kept.hash]))
      if (reading.isUnreadable || seen.has(reading.text)) continue
      seen.add(reading.text)
      lines.push(`第 ${Math.floor(atS)} 秒的画面：${reading.text}`)
    }
    return { lines, images }
  }

  return async ({ path }, signal, conv) => {
    const format = detectSound(await readHead(path))
    if (format === undefined) return BROKEN
    try {
      const facts = await ffmpeg.probe({ path, format }, signal)
      if (facts.kind === 'failed') return facts.why === 'refused' ? BROKEN : TOO_HEAVY
      const { seconds, hasSound, hasPictures } = facts.value
      if (!hasSound && !hasPictures) return BROKEN
      const heard = hasSound ? await listen(path, format, signal) : undefined
      const taken = hasPictures ? await takePictures(path, format, facts.value, signal) : []
      const { lines, images } = await readPictures(taken, signal, conv)
      const wasHeard = heard?.kind === 'heard'
      if (!wasHeard && taken.length === 0) return toUnread(heard)
      const length = seconds === undefined ? '' : `，约 ${describeSeconds(seconds)}`
      return {
        text: [`[视频${length}]`, `声音：${describeSound(heard)}`, ...lines].join('\n'),
        title: `[视频${length}]`,
        ...(images.length > 0 && { images }),
      }
    } catch (error) {
      if (isAppError(error, 'media.no-ffmpeg')) return UNSEEN
      throw error
    }
  }
}

/** Of a film of which nothing could be made. */
function toUnread(heard: Heard | undefined): MediaReading {
  if (heard?.kind === 'unheard') return UNSEEN
  return heard?.kind === 'too-heavy' ? TOO_HEAVY : BROKEN
}

function describeSound(heard: Heard | undefined): string {
  if (heard === undefined) return '（没有声音）'
  if (heard.kind === 'too-heavy') return '（太复杂，没能在限定的时间内听完）'
  if (heard.kind === 'broken') return '（已损坏，听不了）'
  if (heard.kind === 'unheard') return '（暂时听不了，可以请客户用文字说明）'
  return heard.text === '' ? '（没有人说话）' : describeWords(heard)
}
