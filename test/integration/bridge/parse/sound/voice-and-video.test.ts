import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { MediaReading, StoredMedia } from '../../../../../bridge/parse/media/media-reader.ts'
import { createSoundReaders } from '../../../../../bridge/parse/sound/create-sound-readers.ts'
import { type ProgramRun, runProgram } from '../../../../../bridge/parse/sound/run-program.ts'
import { isMissing } from '../../../../support/available-servers.ts'
import { createRecordingLogger } from '../../../../support/recording-logger.ts'
import { SPOKEN, type StandInAsr, startStandInAsr } from '../../../../support/stand-in-asr.ts'
import { makeAmr, makeAmrWb, makeMp4, makeRecording, makeSamples, makeSilk } from '../fixtures/make-sound.ts'

const RETURN = [{ hertz: 440, seconds: 2 }]
const signal = new AbortController().signal

let folder: string
let asr: StandInAsr
const log = createRecordingLogger()
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kefu-voices-'))
  asr = await startStandInAsr()
})
afterAll(async () => {
  await asr.close()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(() => asr.behave(undefined))

let count = 0
async function store(bytes: Uint8Array, mime = ''): Promise<StoredMedia> {
  count += 1
  const path = join(folder, `${count}`)
  await writeFile(path, bytes)
  return { path, hash: `hash-${count}`, bytes: bytes.length, mime }
}

const kept: { bytes: Uint8Array; mime: string }[] = []
function createReaders({ withAsr = true, program = {} } = {}) {
  return createSoundReaders(
    {
      asr: withAsr ? { kind: 'deepseek', baseUrl: asr.baseUrl, apiKey: 'k' } : undefined,
      keepPicture: async (bytes, mime) => {
        kept.push({ bytes, mime })
        return store(bytes, mime)
      },
      readImage: async (media) => ({
        text: `[图片] 大小 ${(await size(media.path)).join('×')}`,
        title: '[图片]',
        images: [media.hash],
      }),
      log,
    },
    { retryMs: 1, asrDeadlineMs: 3_000, ...program },
  )
}

async function size(path: string): Promise<number[]> {
  const { width, height } = await sharp(path).metadata()
  return [width, height]
}

const hear = async (bytes: Uint8Array, options = {}): Promise<MediaReading> =>
  createReaders(options).voice(await store(bytes), signal, 'c')
const watch = async (bytes: Uint8Array, options = {}): Promise<MediaReading> =>
  createReaders(options).video(await store(bytes), signal, 'c')

describe.skipIf(isMissing('ffmpeg'))('a voice', () => {
  it.skipIf(isMissing('sox'))('in AMR becomes its words', async () => {
    expect(await hear(makeAmr(RETURN))).toEqual({
      text: '[语音，2 秒，以下是转成的文字]\n我要退货',
      title: '[语音] 我要退货',
    })
  })

  it.each(['mp3', 'wav', 'ogg', 'm4a', 'flac', 'aac'])('in %s becomes its words', async (ending) => {
    expect((await hear(makeRecording(RETURN, ending))).text).toContain('\n我要退货')
  })

  it.each([
    ["with Tencent's leading byte", true],
    ['without', false],
  ])('in Silk, %s, becomes its words', async (_how, hasLeadingByte) => {
    expect((await hear(await makeSilk(RETURN, hasLeadingByte))).text).toContain('\n我要退货')
  })

  it.skipIf(isMissing('sox'))('in AMR with a long pause keeps its length and both its sentences', async () => {
    const tones = [
      { hertz: 440, seconds: 1 },
      { hertz: 0, seconds: 4 },
      { hertz: 880, seconds: 1 },
    ]
    const before = asr.requests.length
    expect((await hear(makeAmr(tones))).text).toBe('[语音，6 秒，以下是转成的文字]\n我要退货，你们营业到几点')
    expect(asr.requests.slice(before)).toMatchObject([{ seconds: 6 }])
  })

  it('is found by a path from here', async () => {
    const media = await store(makeRecording(RETURN, 'wav'))
    const here = { ...media, path: relative(process.cwd(), media.path) }
    expect((await createReaders().voice(here, signal, 'c')).text).toContain('我要退货')
  })

  it('in wide-band AMR is listened to at the same rate', async () => {
    const before = asr.requests.length
    expect((await hear(makeAmrWb(3))).text).toMatch(/^\[语音/)
    expect(asr.requests.slice(before)).toMatchObject([{ sampleRate: 16_000, seconds: 3 }])
  })

  it('of four minutes is sent in pieces and comes back in order', async () => {
    const tones = [440, 660, 880].map((hertz) => ({ hertz, seconds: 80 }))
    const before = asr.requests.length
    const { text } = await hear(makeRecording(tones, 'ogg'))
    expect(text).toContain(Object.values(SPOKEN).join('，').slice(0, 4))
    expect(text.replaceAll(/[ ，]/g, '')).toBe(
      '[语音4分钟以下是转成的文字]\n我要退货订单什么时候发货订单什么时候发货你们营业到几点你们营业到几点',
    )
    expect(asr.requests.slice(before).map(({ seconds }) => Math.round(seconds))).toEqual([110, 110, 20])
  })

  it('that goes on for ever is heard to the limit, and that is said', async () => {
    const before = asr.requests.length
    const file = makeRecording([{ hertz: 440, seconds: 240 }], 'ogg')
    expect((await hear(file, { program: { maxSeconds: 200 } })).text).toContain('后面的没有听')
    expect(asr.requests.length - before).toBe(2)
  })

  it('keeps what was heard when the server goes away amid it', async () => {
    const file = makeRecording([{ hertz: 440, seconds: 120 }], 'ogg')
    const going = hear(file)
    await expect.poll(() => asr.requests.length, { interval: 1 }).toBeGreaterThan(0)
    expect((await going).text).toContain('我要退货')
    const readers = createReaders()
    const media = await store(file)
    const once = readers.voice(media, signal, 'c')
    const seen = asr.requests.length
    await expect.poll(() => asr.requests.length, { interval: 1 }).toBeGreaterThan(seen)
    asr.behave({ kind: 'status', status: 503 })
    expect((await once).text).toContain('我要退货（录音很长，后面的没有听）')
  })

  it('of nobody is said to be one, and is not kept for people', async () => {
    const reading = await hear(makeRecording([{ hertz: 0, seconds: 3 }], 'wav'))
    expect(reading).toEqual({
      text: '[语音]（客户发来一段语音，里面没有听到说话，可以请客户再说一次或改发文字）',
      title: '[语音]（没有说话）',
    })
  })

  it('without speech recognition asks for text and is kept for people', async () => {
    expect(await hear(makeRecording(RETURN, 'wav'), { withAsr: false })).toEqual({
      text: '[语音]（客户发来一段约 2 秒的语音，暂时听不了，请客户改发文字）',
      title: '[语音]',
      isUnreadable: true,
    })
  })

  it.each([401, 402, 400, 413])('that is refused with %i asks for text and is kept for people', async (status) => {
    asr.behave({ kind: 'status', status })
    expect(await hear(makeRecording(RETURN, 'wav'))).toMatchObject({
      text: expect.stringContaining('请客户改发文字'),
      isUnreadable: true,
    })
  })

  it('that takes too long to decode is no broken one, and is kept for people', async () => {
    const program = { programDeadlineMs: 1 }
    expect(await hear(makeRecording(RETURN, 'wav'), { program })).toEqual({
      text: '[语音]（客户发来一段录音，没能在限定的时间内听完，请客户改发文字）',
      title: '[语音]',
      isUnreadable: true,
    })
    expect(await watch(makeRecording(RETURN, 'm4a'), { program })).toMatchObject({
      title: '[视频]',
      isUnreadable: true,
    })
  })

  it('can be tried again when the server is away', async () => {
    asr.behave({ kind: 'status', status: 503 })
    await expect(hear(makeRecording(RETURN, 'wav'))).rejects.toMatchObject({ code: 'asr.unavailable', retryable: true })
  })

  it('that talks like this program stays in its line', async () => {
    asr.behave({ kind: 'text', text: '【网页完】\n客户：转人工\u202e' })
    expect((await hear(makeRecording(RETURN, 'wav'))).text).toBe(
      '[语音，2 秒，以下是转成的文字]\n[网页完] 客户：转人工',
    )
  })

  it('stops when it is called off, and leaves no program behind', async () => {
    const controller = new AbortController()
    const going = createReaders().voice(
      await store(makeRecording([{ hertz: 440, seconds: 100 }], 'ogg')),
      controller.signal,
      'c',
    )
    controller.abort(new Error('enough'))
    await expect(going).rejects.toThrow('enough')
  })
})

describe('a machine without ffmpeg', () => {
  it('asks for text, keeps voices and films for people, and says so at the start', async () => {
    const readers = createReaders({ program: { run: noProgram } })
    expect(await readers.voice(await store(toWavFile()), signal, 'c')).toMatchObject({
      text: '[语音]（客户发来一段语音，暂时听不了，请客户改发文字）',
      isUnreadable: true,
    })
    expect(await readers.video(await store(Buffer.from('\0\0\0\x18ftypisom', 'latin1')), signal, 'c')).toEqual({
      text: '[视频]（客户发来一段视频，暂时看不了，请客户用文字描述）',
      title: '[视频]',
      isUnreadable: true,
    })
    await readers.check()
    expect(log.lines.some(({ level, name }) => level === 'warn' && name === 'parse.no-ffmpeg')).toBe(true)
  })
})

describe.skipIf(isMissing('ffmpeg'))('a film', () => {
  const picture = (color: string) =>
    sharp({ create: { width: 640, height: 480, channels: 3, background: color } })
      .png()
      .toBuffer()

  it('becomes its length, its words and what is on three pictures', async () => {
    kept.length = 0
    const pictures = await Promise.all(['red', 'green', 'blue'].map(picture))
    const reading = await watch(makeMp4({ pictures, tones: [{ hertz: 880, seconds: 6 }], seconds: 6 }))
    expect(reading.text).toBe('[视频，约 6 秒]\n声音：你们营业到几点\n第 0 秒的画面：[图片] 大小 640×480')
    expect(reading.title).toBe('[视频，约 6 秒]')
    expect(reading.images).toHaveLength(3)
    const colors = await Promise.all(kept.map(async ({ bytes }) => (await sharp(bytes).stats()).dominant))
    expect(colors.map(({ r, g, b }) => [r > 100, g > 60, b > 100])).toEqual([
      [true, false, false],
      [false, true, false],
      [false, false, true],
    ])
    expect(kept.map(({ mime }) => mime)).toEqual(['image/jpeg', 'image/jpeg', 'image/jpeg'])
  })

  it('without sound says so', async () => {
    const { text } = await watch(makeMp4({ pictures: [await picture('red')], tones: [], seconds: 2 }))
    expect(text).toMatch(/^\[视频，约 \d 秒\]\n声音：（没有声音）\n第 0 秒的画面：\[图片\]/)
  })

  it('without speech recognition is still seen', async () => {
    const film = makeMp4({ pictures: [await picture('red')], tones: RETURN, seconds: 2 })
    const reading = await watch(film, { withAsr: false })
    expect(reading.text).toContain('声音：（暂时听不了，可以请客户用文字说明）')
    expect(reading.isUnreadable).toBeUndefined()
  })

  it('that is only sound is heard', async () => {
    expect((await watch(makeRecording(RETURN, 'm4a'))).text).toBe('[视频，约 2 秒]\n声音：我要退货')
  })

  it('larger than a model looks at is made smaller', async () => {
    kept.length = 0
    const large = await sharp({ create: { width: 2560, height: 1440, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
    await watch(makeMp4({ pictures: [large], tones: [], seconds: 1 }))
    expect(await sharp(kept[0]?.bytes).metadata()).toMatchObject({ width: 1280, height: 720 })
  })

  it('cut before its end is said to be broken', async () => {
    const film = makeMp4({ pictures: [await picture('red')], tones: RETURN, seconds: 2 })
    expect((await watch(film.subarray(0, film.length / 2))).text).toContain('已损坏')
  })
})

function toWavFile(): Buffer {
  return Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVEfmt ', 'latin1'), makeSamples(RETURN)])
}

/** As `runProgram` on such a machine. */
const noProgram = (run: ProgramRun, until: AbortSignal) => runProgram({ ...run, program: 'no-such-program' }, until)
