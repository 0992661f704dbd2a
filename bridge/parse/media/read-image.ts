/**
 * A picture in words: described by a model that sees, when there is one, else read letter by letter on this machine. A small copy is kept
 * for an answering model that sees for itself.
 */
import { readFile } from 'node:fs/promises'
import { isAppError } from '../../../shared/app-error.ts'
import type { Logger } from '../../logger.ts'
import type { UnseenReason } from '../pictures/picture-reading.ts'
import { quoteContent } from '../quote-content.ts'
import type { ParsePool } from '../worker/parse-pool.ts'
import type { KeepPicture, MediaReading, ReadMedia } from './media-reader.ts'

/** What a model sees in a picture. Rejects when it can't be asked; then the letters are read here. */
export type DescribePicture = (jpeg: Uint8Array, signal: AbortSignal) => Promise<string>

export interface ReadImageDeps {
  readPicture: ParsePool['readPicture']
  keepPicture: KeepPicture
  /** Undefined: no such model is configured. */
  describe: DescribePicture | undefined
  log: Logger
}

/** Models that see look at no more. */
const JPEG_SIDE = 1280
const MAX_CHARS = 6_000
const TITLE = '[图片]'

const UNSEEN: Readonly<Record<UnseenReason, string>> = {
  broken: '图片已损坏，打不开，可以请客户重新发送或用文字描述',
  unsupported: '这种格式的图片暂时看不了，可以请客户截图发来或用文字描述',
  'too-large': '图片太大，没有读取，可以请客户截图发来',
  'too-heavy': '图片太复杂，没能在限定的时间内读完，可以请客户用文字描述',
}

export function createReadImage({ readPicture, keepPicture, describe, log }: ReadImageDeps): ReadMedia {
  return async (media, signal, conv) => {
    const source = { bytes: media.bytes, load: async () => ({ bytes: await readFile(media.path) }) }
    const look = (text: boolean) => readPicture(source, { jpegSide: JPEG_SIDE, text }, signal, { conv })
    const picture = await look(describe === undefined)
    if (picture.outcome === 'unseen') return { text: `${TITLE}（${UNSEEN[picture.reason]}）`, title: TITLE }
    const { jpeg = new Uint8Array() } = picture
    const { hash } = await keepPicture(jpeg, 'image/jpeg')
    const described = describe && (await tryDescribe(describe, jpeg, signal, log))
    if (described !== undefined) return toReading(hash, described, '由看图模型描述，可能有误')
    const read = describe === undefined ? picture : await look(true)
    const text = read.outcome === 'seen' ? (read.text ?? '') : ''
    if (text === '')
      return { text: `${TITLE}（图片里没有认出文字，可以请客户用文字描述）`, title: TITLE, images: [hash] }
    return toReading(hash, text, '以下是认出的文字，可能有错字')
  }
}

function toReading(hash: string, text: string, note: string): MediaReading {
  const quoted = quoteContent({ what: '图片', title: '', notes: [note], text, maxChars: MAX_CHARS })
  return { text: quoted, title: `${TITLE} ${text.slice(0, 60).replace(/\s+/g, ' ')}`.trim(), images: [hash] }
}

/** Undefined when the model can't be asked or has nothing to say. */
async function tryDescribe(describe: DescribePicture, jpeg: Uint8Array, signal: AbortSignal, log: Logger) {
  try {
    return (await describe(jpeg, signal)) || undefined
  } catch (error) {
    signal.throwIfAborted()
    log.warn('parse.vision-failed', { error: isAppError(error) ? error : 'unexpected' })
    return undefined
  }
}
