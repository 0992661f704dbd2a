/**
 * The machine's ffmpeg on files that strangers sent. The reader is chosen by us, by the file's content, so that no playlist or other list
 * of files is ever followed; only files and pipes can be opened at all, and only the usual codecs are there to be attacked.
 * Two run at the same time, whoever sent what, so that ten recordings at once cost no more memory than two.
 * Source: https://ffmpeg.org/ffmpeg.html, https://ffmpeg.org/ffmpeg-protocols.html#Protocol-Options
 */
import { resolve } from 'node:path'
import { AppError } from '../../../shared/app-error.ts'
import { createSlots, type InSlot } from '../create-slots.ts'
import type { SoundFormat } from './detect-sound.ts'
import { type ProgramEnd, type ProgramRun, type RunProgram, runProgram } from './run-program.ts'

export interface SoundFile {
  /** A path of ours. */
  path: string
  format: SoundFormat
}

export interface FileFacts {
  /** As the file says; undefined when it doesn't. */
  seconds: number | undefined
  hasSound: boolean
  hasPictures: boolean
}

/** Why a file could not be decoded. */
export type DecodeFailure = 'time' | 'memory' | 'output' | 'refused'

export type Decoded<T> = { kind: 'done'; value: T } | { kind: 'failed'; why: DecodeFailure }

/** All reject with the reason of `signal` and with `media.no-ffmpeg`. */
export interface Ffmpeg {
  /** What the file says about itself. */
  probe(file: SoundFile, signal: AbortSignal): Promise<Decoded<FileFacts>>
  /** Signed 16-bit samples, mono, at SAMPLE_RATE; empty beyond the end. */
  decodeSound(file: SoundFile, span: { fromS: number; seconds: number }, signal: AbortSignal): Promise<Decoded<Buffer>>
  /** A JPEG of at most MAX_PICTURE_SIDE to a side, of the first whole picture from there. */
  takePicture(file: SoundFile, atS: number, signal: AbortSignal): Promise<Decoded<Buffer>>
  /** False when it is not installed. */
  isInstalled(signal: AbortSignal): Promise<boolean>
}

export interface FfmpegOptions {
  /** Shared with others that start programs. Default: two at the same time. */
  inSlot?: InSlot
  /** Of one run. Default 10,000. */
  deadlineMs?: number
}

export const SAMPLE_RATE = 16_000
export const BYTES_PER_SECOND = SAMPLE_RATE * 2
const MAX_PICTURE_SIDE = 1280

/** What it may write to is more than it uses: newer versions have a stack of 8 MB for each of their threads. */
const SOUND_MEMORY = { memoryMb: 200, dataMb: 256 }
/** Pictures that others refer to are kept while the film is decoded. */
const PICTURE_MEMORY = { memoryMb: 400, dataMb: 512 }
const MAX_PICTURE_BYTES = 4_000_000
const MAX_FACTS_BYTES = 200_000
/** Wider or higher is no film from a phone: 7680 × 4320. */
const MAX_PIXELS = 33_177_600

const CODECS = [
  ...['aac', 'aac_latm', 'alac', 'amrnb', 'amrwb', 'flac', 'mp3', 'mp3float', 'mp2', 'mp2float', 'ac3', 'eac3'],
  ...['opus', 'libopus', 'vorbis', 'libvorbis', 'speex', 'libspeex', 'wmav2', 'adpcm_ima_wav', 'adpcm_ms'],
  ...['pcm_s16le', 'pcm_s16be', 'pcm_s24le', 'pcm_s32le', 'pcm_f32le', 'pcm_u8', 'pcm_alaw', 'pcm_mulaw'],
  ...['h264', 'hevc', 'mpeg4', 'mpeg1video', 'mpeg2video', 'h263', 'mjpeg', 'vp8', 'vp9', 'libvpx', 'libvpx-vp9'],
  ...['libdav1d', 'av1', 'flv', 'msmpeg4v3'],
].join(',')

export function createFfmpeg(options: FfmpegOptions = {}, run: RunProgram = runProgram): Ffmpeg {
  const { inSlot = createSlots(2), deadlineMs = 10_000 } = options

  const runIn = async (
    program: 'ffmpeg' | 'ffprobe',
    args: readonly string[],
    limits: Pick<ProgramRun, 'maxOutputBytes' | 'memoryMb' | 'dataMb'>,
    signal: AbortSignal,
  ): Promise<ProgramEnd> => {
    try {
      return await inSlot(() => run({ program, args, deadlineMs, ...limits }, signal), signal)
    } catch (error) {
      if (error instanceof AppError && error.code === 'program.missing') throw noFfmpeg()
      throw error
    }
  }

  return {
    async probe(file, signal) {
      const args = [
        ...[
          '-v',
          'quiet',
          '-of',
          'json',
          '-show_entries',
          'format=duration:stream=codec_type:stream_disposition=attached_pic',
        ],
        ...inputArguments(file),
      ]
      const end = await runIn('ffprobe', args, { maxOutputBytes: MAX_FACTS_BYTES, ...SOUND_MEMORY }, signal)
      if (end.kind === 'failed') return end
      const facts = toFacts(end.output)
      return facts === undefined ? { kind: 'failed', why: 'refused' } : { kind: 'done', value: facts }
    },
    async decodeSound(file, { fromS, seconds }, signal) {
      const args = [
        ...COMMON,
        ...inputArguments(file),
        // After the input it is read up to there, and not jumped to: not every format can be jumped in, and it is said to nobody then.
        ...['-ss', String(fromS), '-map', '0:a:0'],
        // AMR leaves out the frames in which nobody speaks: they become silence again, and are no errors.
        ...['-max_error_rate', '1', '-af', 'aresample=async=1:first_pts=0'],
        ...['-t', String(seconds), '-ac', '1', '-ar', String(SAMPLE_RATE)],
        ...['-c:a', 'pcm_s16le', '-f', 's16le', 'pipe:1'],
      ]
      const maxOutputBytes = (seconds + 1) * BYTES_PER_SECOND
      return toDecoded(await runIn('ffmpeg', args, { maxOutputBytes, ...SOUND_MEMORY }, signal))
    },
    async takePicture(file, atS, signal) {
      const side = MAX_PICTURE_SIDE
      const args = [
        ...COMMON,
        ...['-ss', String(atS), '-max_pixels', String(MAX_PIXELS)],
        ...inputArguments(file),
        ...['-map', '0:v:0', '-frames:v', '1'],
        // Never larger than it is.
        ...['-vf', `scale='min(${side},iw)':'min(${side},ih)':force_original_aspect_ratio=decrease`],
        ...['-c:v', 'mjpeg', '-q:v', '4', '-f', 'image2pipe', 'pipe:1'],
      ]
      return toDecoded(await runIn('ffmpeg', args, { maxOutputBytes: MAX_PICTURE_BYTES, ...PICTURE_MEMORY }, signal))
    },
    async isInstalled(signal) {
      try {
        const end = await runIn('ffmpeg', ['-version'], { maxOutputBytes: 20_000, ...SOUND_MEMORY }, signal)
        return end.kind === 'done'
      } catch (error) {
        if (error instanceof AppError && error.code === 'media.no-ffmpeg') return false
        throw error
      }
    },
  }
}

const COMMON = ['-nostdin', '-hide_banner', '-v', 'quiet']

function inputArguments({ path, format }: SoundFile): string[] {
  return [
    ...['-threads', '1', '-protocol_whitelist', 'file,pipe', '-codec_whitelist', CODECS],
    ...['-f', format.name === 'silk' ? 'data' : format.name],
    // A name is a name, whatever is in it, and the program runs elsewhere.
    ...['-i', `file:${resolve(path)}`],
  ]
}

function toDecoded(end: ProgramEnd): Decoded<Buffer> {
  return end.kind === 'done' ? { kind: 'done', value: end.output } : end
}

/** Undefined for what is no answer of ffprobe. */
function toFacts(output: Buffer): FileFacts | undefined {
  try {
    const { format = {}, streams = [] } = JSON.parse(output.toString('utf8')) as {
      format?: { duration?: unknown }
      streams?: { codec_type?: unknown; disposition?: { attached_pic?: unknown } }[]
    }
    const seconds = Number(format.duration)
    return {
      seconds: Number.isFinite(seconds) && seconds > 0 ? seconds : undefined,
      hasSound: streams.some((stream) => stream.codec_type === 'audio'),
      // The cover of a song is no film.
      hasPictures: streams.some((stream) => stream.codec_type === 'video' && stream.disposition?.attached_pic !== 1),
    }
  } catch {
    return undefined
  }
}

function noFfmpeg(): AppError {
  return new AppError('media.no-ffmpeg', 'ffmpeg is not installed: voice and video can not be read', {
    retryable: false,
  })
}
