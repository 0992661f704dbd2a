/**
 * Reads documents, and of recordings and films what is said in them, to the end or not at all. For what the company owns: it is listened to for as
 * long as it takes, and whoever waits is told why one can't be.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAppError } from '../../../shared/app-error.ts'
import type { Logger } from '../../logger.ts'
import { createSlots } from '../create-slots.ts'
import { type DocumentSource, type Reading, type ReadLimits, type UnreadReason, unread } from '../documents/reading.ts'
import { createDecodeSilk } from './decode-silk.ts'
import { detectSound } from './detect-sound.ts'
import { createListen } from './listen.ts'
import { describeSeconds } from './read-voice.ts'
import { createFfmpeg, type Ffmpeg } from './run-ffmpeg.ts'
import { type AsrSettings, createTranscribe, type Transcribe } from './transcribe.ts'

type Read = (source: DocumentSource, signal: AbortSignal, options: { limits: ReadLimits }) => Promise<Reading>

export interface ReadRecordingDeps {
  /** Everything else. */
  read: Read
  log: Logger
  /** Undefined: recordings are named as what nobody can hear. */
  asr: AsrSettings | undefined
  onHeard?: ((seconds: number) => void) | undefined
  /** Tests bring their own. */
  ffmpeg?: Ffmpeg
}

/** Three hours. */
const MAX_SECONDS = 10_800
const LISTEN_FOR_MS = 3_600_000
const PROGRAM_DEADLINE_MS = 60_000

export function createReadRecording({ read, log, asr, onHeard, ffmpeg: given }: ReadRecordingDeps): Read {
  const options = { inSlot: createSlots(1), deadlineMs: PROGRAM_DEADLINE_MS }
  const ffmpeg = given ?? createFfmpeg(options)
  const decodeSilk = createDecodeSilk(options)
  const transcribe = asr && createTranscribe({ settings: asr, log, onTaken: onHeard }, { deadlineMs: 60_000 })

  const listenTo = async (
    path: string,
    kind: 'audio' | 'video',
    head: Uint8Array,
    signal: AbortSignal,
  ): Promise<Reading> => {
    const format = detectSound(head)
    if (format === undefined) return unread(kind, 'unsupported')
    if (transcribe === undefined) return unread(kind, 'no-asr')
    if (!(await ffmpeg.isInstalled(signal))) return unread(kind, 'no-ffmpeg')
    let failure: UnreadReason | undefined
    // Who listens to a customer's makes the best of what was heard before; here that is not enough.
    const whole: Transcribe = async (wav, call) => {
      const result = await transcribe(wav, call).catch((error: unknown) => {
        failure = 'asr-failed'
        throw error
      })
      if (result.kind !== 'heard') failure = 'asr-failed'
      return result
    }
    const listen = createListen(
      { ffmpeg, decodeSilk, transcribe: whole },
      { maxSeconds: MAX_SECONDS, enoughMs: LISTEN_FOR_MS },
    )
    const heard = await listen(path, format, signal).catch((error: unknown) => {
      if (isAppError(error, 'asr.unavailable')) return undefined
      throw error
    })
    if (failure !== undefined || heard === undefined || heard.kind === 'unheard') return unread(kind, 'asr-failed')
    if (heard.kind === 'broken' || heard.kind === 'too-heavy') return unread(kind, heard.kind)
    if (heard.isCut) return unread(kind, 'too-long')
    if (heard.text === '') return unread(kind, 'empty')
    const notes = [`录音 ${describeSeconds(heard.seconds)}，文字是听写的，可能有错字`]
    return { outcome: 'read', kind, title: '', text: heard.text, notes }
  }

  return async (source, signal, limits) => {
    const reading = await read(source, signal, limits)
    const { outcome, kind } = reading
    if (outcome === 'read' || (kind !== 'audio' && kind !== 'video')) return reading
    const folder = await mkdtemp(join(tmpdir(), 'kefu-recording-'))
    try {
      const path = join(folder, 'recording')
      await writeFile(path, source.bytes, { mode: 0o600 })
      return await listenTo(path, kind, source.bytes.subarray(0, 512), signal)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}
