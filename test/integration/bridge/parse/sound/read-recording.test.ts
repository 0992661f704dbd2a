import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { detectKind } from '../../../../../bridge/parse/documents/detect-kind.ts'
import { type Reading, unread } from '../../../../../bridge/parse/documents/reading.ts'
import { createReadRecording, type ReadRecordingDeps } from '../../../../../bridge/parse/sound/read-recording.ts'
import { createFfmpeg } from '../../../../../bridge/parse/sound/run-ffmpeg.ts'
import { isMissing } from '../../../../support/available-servers.ts'
import { createRecordingLogger } from '../../../../support/recording-logger.ts'
import { type StandInAsr, startStandInAsr } from '../../../../support/stand-in-asr.ts'
import { makeMp4, makeRecording, makeSilk } from '../fixtures/make-sound.ts'

const TONES = [{ hertz: 440, seconds: 1 }]
const blank = () =>
  sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
const signal = new AbortController().signal
const limits = { maxChars: 1, maxPages: 1, maxRows: 1, readForMs: 1 }

describe.skipIf(isMissing('ffmpeg'))('a recording for the knowledge', { timeout: 30_000 }, () => {
  let asr: StandInAsr
  beforeAll(async () => {
    asr = await startStandInAsr()
  })
  afterAll(() => asr.close())
  beforeEach(() => asr.behave(undefined))

  const hear = (bytes: Uint8Array, deps: Partial<ReadRecordingDeps> = {}): Promise<Reading> => {
    const read = createReadRecording({
      read: async (source) => unread(detectKind(source), 'unsupported'),
      log: createRecordingLogger(),
      asr: { kind: 'deepseek', baseUrl: asr.baseUrl, apiKey: 'k' },
      ...deps,
    })
    return read({ bytes, name: 'talk' }, signal, { limits })
  }

  it.each([
    ['mp3', 'audio', () => makeRecording(TONES, 'mp3')],
    ['m4a', 'audio', () => makeRecording(TONES, 'm4a')],
    ['Silk', 'audio', () => makeSilk(TONES)],
    ['a film', 'video', async () => makeMp4({ seconds: 1, tones: TONES, pictures: [await blank()] })],
  ])('becomes what is said in it: %s', async (_what, kind, make) => {
    expect(await hear(await make())).toMatchObject({
      ...{ outcome: 'read', kind, text: '我要退货' },
      notes: [expect.stringContaining('可能有错字')],
    })
  })

  it('is told of by the seconds that were heard', async () => {
    let seconds = 0
    await hear(makeRecording(TONES, 'mp3'), { onHeard: (heard) => (seconds += heard) })
    expect(seconds).toBeCloseTo(1, 0)
  })

  it.each([
    ['nobody is configured to hear it', 'no-asr', { asr: undefined }],
    ['nothing here can decode it', 'no-ffmpeg', { ffmpeg: { ...createFfmpeg(), isInstalled: async () => false } }],
  ])('says so when %s', async (_what, reason, deps) => {
    expect(await hear(makeRecording(TONES, 'mp3'), deps)).toMatchObject({ outcome: 'unread', kind: 'audio', reason })
  })

  it.each([
    ['the account is refused', { kind: 'status', status: 402 }, 'asr-failed'],
    ['it is refused', { kind: 'status', status: 400 }, 'asr-failed'],
    ['nobody speaks', { kind: 'text', text: '' }, 'empty'],
  ] as const)('says so when %s', async (_what, behaviour, reason) => {
    asr.behave(behaviour)
    expect(await hear(makeRecording(TONES, 'mp3'))).toMatchObject({ outcome: 'unread', reason })
  })

  it('is not known by half when its second piece is not heard', async () => {
    const long = makeRecording([{ hertz: 440, seconds: 130 }], 'mp3')
    asr.behave({ kind: 'text', text: '前半' }, 1)
    expect(await hear(long)).toMatchObject({ outcome: 'read', text: expect.stringMatching(/^前半 .+/) })
    // Told when the first one is answered: from then on it is refused.
    const refusing = setInterval(() => asr.requests.length > heard && asr.behave({ kind: 'status', status: 400 }), 1)
    const heard = asr.requests.length
    asr.behave({ kind: 'delay', ms: 50 })
    const reading = await hear(long).finally(() => clearInterval(refusing))
    expect(reading).toMatchObject({ outcome: 'unread', reason: 'asr-failed' })
  })

  it('that is damaged is named', async () => {
    const broken = Buffer.concat([Buffer.from('OggS'), Buffer.alloc(2_000, 7)])
    expect(await hear(broken)).toMatchObject({ outcome: 'unread', kind: 'audio', reason: 'broken' })
  })
})
