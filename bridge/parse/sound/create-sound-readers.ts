/** The readers of voices and films, put together. */
import { isAppError } from '../../../shared/app-error.ts'
import type { Logger } from '../../logger.ts'
import { createSlots } from '../create-slots.ts'
import type { KeepPicture, ReadMedia } from '../media/media-reader.ts'
import { createDecodeSilk } from './decode-silk.ts'
import { createListen } from './listen.ts'
import { createReadVideo } from './read-video.ts'
import { createReadVoice } from './read-voice.ts'
import { createFfmpeg } from './run-ffmpeg.ts'
import { type RunProgram, runProgram } from './run-program.ts'
import { type AsrSettings, createTranscribe, type TranscribeDeps } from './transcribe.ts'

export interface SoundReadersDeps {
  /** Undefined: voices are kept for people. */
  asr: AsrSettings | undefined
  keepPicture: KeepPicture
  readImage: ReadMedia
  log: Logger
  onAsrAccount?: TranscribeDeps['onAccount']
  onAsrTaken?: TranscribeDeps['onTaken']
}

export interface SoundReadersOptions {
  /** Programs at the same time, whoever sent what. Default 2: ten voices at once then cost no more memory than two. */
  maxPrograms?: number
  /** Of one run of a program. Default 10,000. */
  programDeadlineMs?: number
  /** For one piece of a recording, all tries together. Default 20,000. */
  asrDeadlineMs?: number
  retryMs?: number
  /** Of a recording, the rest is left out. Default 600. */
  maxSeconds?: number
  /** Tests look at what is started. */
  run?: RunProgram
}

export interface SoundReaders {
  voice: ReadMedia
  video: ReadMedia
  /** Says in the log what is missing on this machine. */
  check(): Promise<void>
}

const CHECK_MS = 10_000

export function createSoundReaders(
  { asr, keepPicture, readImage, log, onAsrAccount: onAccount, onAsrTaken: onTaken }: SoundReadersDeps,
  options: SoundReadersOptions = {},
): SoundReaders {
  const {
    maxPrograms = 2,
    programDeadlineMs = 10_000,
    asrDeadlineMs = 20_000,
    retryMs = 500,
    maxSeconds = 600,
    run = runProgram,
  } = options
  const inSlot = createSlots(maxPrograms)
  const ffmpeg = createFfmpeg({ inSlot, deadlineMs: programDeadlineMs }, run)
  const decodeSilk = createDecodeSilk({ inSlot, deadlineMs: programDeadlineMs }, run)
  const transcribe =
    asr && createTranscribe({ settings: asr, log, onAccount, onTaken }, { deadlineMs: asrDeadlineMs, retryMs })
  const listen = createListen({ ffmpeg, decodeSilk, transcribe }, { maxSeconds })
  return {
    voice: createReadVoice({ listen }),
    video: createReadVideo({ ffmpeg, listen, keepPicture, readImage, log }),
    async check() {
      try {
        if (!(await ffmpeg.isInstalled(AbortSignal.timeout(CHECK_MS)))) {
          log.warn('parse.no-ffmpeg', { note: 'ffmpeg is not installed: voices and films are kept for people' })
        }
      } catch (error) {
        if (!isAppError(error)) log.warn('parse.ffmpeg-unknown', { error })
      }
      if (transcribe === undefined) {
        log.warn('parse.no-asr', { note: 'no speech recognition is configured: voices are kept for people' })
      }
    },
  }
}
