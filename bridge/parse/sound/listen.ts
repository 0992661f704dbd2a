/** What is said in a recording, piece by piece, because speech recognition takes two minutes at a time. */
import { isAppError } from '../../../shared/app-error.ts'
import type { SoundFormat } from './detect-sound.ts'
import { BYTES_PER_SECOND, type Decoded, type Ffmpeg, SAMPLE_RATE } from './run-ffmpeg.ts'
import { toWav } from './to-wav.ts'
import { MAX_SECONDS, type Transcribe } from './transcribe.ts'

export interface ListenDeps {
  ffmpeg: Pick<Ffmpeg, 'decodeSound'>
  decodeSilk: (path: string, signal: AbortSignal) => Promise<Decoded<Buffer>>
  /** Undefined: nothing is configured that could. */
  transcribe: Transcribe | undefined
}

export interface ListenOptions {
  /** The rest of a longer recording is left out. Default 600. */
  maxSeconds?: number
  /** After this time no further piece is begun. Default 90,000. */
  enoughMs?: number
}

export type Heard =
  | {
      kind: 'heard'
      /** On one line; '' when nobody speaks. */
      text: string
      /** Of what was heard. */
      seconds: number
      /** There is more. */
      isCut: boolean
    }
  /** It can't be listened to: there is no ffmpeg or no speech recognition, or that wants none of it. */
  | { kind: 'unheard'; seconds: number | undefined }
  | { kind: 'broken' }
  /** It takes more time or memory than a recording gets. */
  | { kind: 'too-heavy' }

export type Listen = (path: string, format: SoundFormat, signal: AbortSignal) => Promise<Heard>

const SHORTEST_BYTES = BYTES_PER_SECOND / 10

/** Rejects with the reason of `signal` and with `asr.unavailable`. */
export function createListen(
  { ffmpeg, decodeSilk, transcribe }: ListenDeps,
  { maxSeconds = 600, enoughMs = 90_000 }: ListenOptions = {},
): Listen {
  /** Pieces of at most MAX_SECONDS, one at a time; each a failure or samples, the last one shorter. */
  async function* decode(path: string, format: SoundFormat, signal: AbortSignal): AsyncGenerator<Decoded<Buffer>> {
    const pieceBytes = MAX_SECONDS * BYTES_PER_SECOND
    if (format.name === 'silk') {
      const all = await decodeSilk(path, signal)
      if (all.kind === 'failed') return yield all
      for (let at = 0; at === 0 || at < all.value.length; at += pieceBytes) {
        yield { kind: 'done', value: all.value.subarray(at, at + pieceBytes) }
      }
      return
    }
    for (let fromS = 0; ; fromS += MAX_SECONDS) {
      const piece = await ffmpeg.decodeSound({ path, format }, { fromS, seconds: MAX_SECONDS }, signal)
      yield piece
      if (piece.kind === 'failed' || piece.value.length < pieceBytes) return
    }
  }

  return async (path, format, signal) => {
    const startedAt = performance.now()
    const texts: string[] = []
    let seconds = 0
    const end = (isCut: boolean): Heard => ({ kind: 'heard', text: texts.join(' ').trim(), seconds, isCut })
    try {
      for await (const piece of decode(path, format, signal)) {
        const isFirst = texts.length === 0
        if (piece.kind === 'failed' && isFirst) return { kind: piece.why === 'refused' ? 'broken' : 'too-heavy' }
        if (piece.kind === 'failed') return end(true)
        const { length } = piece.value
        if (length === 0 && isFirst) return { kind: 'broken' }
        // What is left of the last piece, or all of it, may be a click.
        if (length < SHORTEST_BYTES) return end(false)
        if (transcribe === undefined)
          return { kind: 'unheard', seconds: isWhole(length) ? toSeconds(length) : undefined }
        if (!isFirst && (seconds >= maxSeconds || performance.now() - startedAt > enoughMs)) return end(true)
        const result = await transcribe(toWav(piece.value, SAMPLE_RATE), signal).catch((error: unknown) => {
          // What was heard before is not thrown away for it.
          if (!isFirst && isAppError(error, 'asr.unavailable')) return undefined
          throw error
        })
        if (result?.kind !== 'heard') return isFirst ? { kind: 'unheard', seconds: toSeconds(length) } : end(true)
        texts.push(result.text)
        seconds += toSeconds(length)
      }
      return end(false)
    } catch (error) {
      if (isAppError(error, 'media.no-ffmpeg')) return { kind: 'unheard', seconds: undefined }
      throw error
    }
  }
}

function toSeconds(bytes: number): number {
  return bytes / BYTES_PER_SECOND
}

function isWhole(bytes: number): boolean {
  return bytes < MAX_SECONDS * BYTES_PER_SECOND
}
