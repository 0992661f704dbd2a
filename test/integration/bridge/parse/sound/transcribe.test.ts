import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toWav } from '../../../../../bridge/parse/sound/to-wav.ts'
import { type AsrSettings, createTranscribe, toSpoken } from '../../../../../bridge/parse/sound/transcribe.ts'
import { createRecordingLogger } from '../../../../support/recording-logger.ts'
import { type StandInAsr, startStandInAsr } from '../../../../support/stand-in-asr.ts'
import { makeSamples } from '../fixtures/make-sound.ts'

const KEY = 'sk-of-the-tests'
const signal = new AbortController().signal
const wav = toWav(makeSamples([{ hertz: 440, seconds: 1 }]), 16_000)

let asr: StandInAsr
let log: ReturnType<typeof createRecordingLogger>
beforeEach(async () => {
  asr = await startStandInAsr({ apiKey: KEY })
  log = createRecordingLogger()
})
afterEach(() => asr.close())

const shapes: readonly (readonly [shape: string, toSettings: (baseUrl: string) => AsrSettings])[] = [
  ['DeepSeek', (baseUrl) => ({ kind: 'deepseek', baseUrl, apiKey: KEY })],
  [
    "OpenAI's",
    (baseUrl) => ({ kind: 'openai', baseUrl: `${baseUrl}/v1`, apiKey: KEY, model: 'FunAudioLLM/SenseVoiceSmall' }),
  ],
]

describe.each(shapes)('createTranscribe with %s shape', (_shape, toSettings) => {
  const create = (options = {}) =>
    createTranscribe({ settings: toSettings(asr.baseUrl), log }, { retryMs: 1, deadlineMs: 5_000, ...options })

  it('gives what is said, without marks', async () => {
    expect(await create()(wav, signal)).toEqual({ kind: 'heard', text: '我要退货' })
    expect(asr.requests).toMatchObject([{ seconds: 1, sampleRate: 16_000 }])
  })

  it('says how long what it heard was, once, and nothing of what was refused', async () => {
    const taken: number[] = []
    const onTaken = (seconds: number) => void taken.push(seconds)
    const transcribe = createTranscribe({ settings: toSettings(asr.baseUrl), log, onTaken }, { retryMs: 1 })
    asr.behave({ kind: 'status', status: 503 }, 1)
    await transcribe(wav, signal)
    asr.behave({ kind: 'status', status: 400 }, 1)
    await transcribe(wav, signal)
    expect(taken).toEqual([1])
  })

  it('takes a base address with a version and a slash at its end', async () => {
    const base = toSettings(asr.baseUrl)
    const settings = { ...base, baseUrl: base.kind === 'deepseek' ? `${base.baseUrl}/v1/` : `${base.baseUrl}/` }
    expect(await createTranscribe({ settings, log })(wav, signal)).toMatchObject({ kind: 'heard' })
  })

  it.each([408, 429, 500, 503, 504])('tries again after %i', async (status) => {
    asr.behave({ kind: 'status', status }, 2)
    expect(await create()(wav, signal)).toEqual({ kind: 'heard', text: '我要退货' })
    expect(asr.requests).toHaveLength(3)
  })

  it.each([400, 413, 422])('takes %i for a word about the recording and asks once', async (status) => {
    asr.behave({ kind: 'status', status })
    expect(await create()(wav, signal)).toEqual({ kind: 'refused' })
    expect(asr.requests).toHaveLength(1)
  })

  it.each([401, 402, 403, 404])('takes %i for a matter of the operator, asks once and says so', async (status) => {
    asr.behave({ kind: 'status', status })
    const told: unknown[] = []
    const onAccount = (refusedStatus: number | undefined) => void told.push(refusedStatus)
    const transcribe = createTranscribe({ settings: toSettings(asr.baseUrl), log, onAccount })
    expect(await transcribe(wav, signal)).toEqual({ kind: 'account' })
    expect(asr.requests).toHaveLength(1)
    expect(log.lines.filter(({ name }) => name === 'asr.account')).toHaveLength(1)
    asr.behave({ kind: 'status', status: 400 })
    await transcribe(wav, signal)
    expect(told).toEqual([status])
    asr.behave(undefined)
    await transcribe(wav, signal)
    expect(told).toEqual([status, undefined])
  })

  it.each([
    ['status 503 for ever', { kind: 'status', status: 503 } as const],
    ['a page instead of JSON', { kind: 'html' } as const],
  ])('gives up after some tries: %s', async (_what, behaviour) => {
    asr.behave(behaviour)
    await expect(create()(wav, signal)).rejects.toMatchObject({ code: 'asr.unavailable', retryable: true })
    expect(asr.requests).toHaveLength(4)
  })

  it('stops when it is called off', async () => {
    asr.behave({ kind: 'silence' })
    const controller = new AbortController()
    const going = create()(wav, controller.signal)
    controller.abort(new Error('enough'))
    await expect(going).rejects.toThrow('enough')
  })

  it('is away when nobody listens', async () => {
    const settings = toSettings('http://127.0.0.1:1')
    const transcribe = createTranscribe({ settings, log }, { retryMs: 1, deadlineMs: 2_000 })
    await expect(transcribe(wav, signal)).rejects.toMatchObject({ code: 'asr.unavailable', retryable: true })
  })

  it('lets no word, no key and no sound into the log', async () => {
    asr.behave({ kind: 'text', text: '我的密码是八八八八' }, 1)
    await create()(wav, signal)
    asr.behave({ kind: 'status', status: 401 }, 1)
    await create()(wav, signal)
    asr.behave({ kind: 'status', status: 503 })
    const error = await create()(wav, signal).catch((reason: unknown) => reason)
    const all = JSON.stringify([log.lines, error, (error as Error).message])
    expect(all).not.toMatch(/密码|八八|sk-of|RIFF|as told/)
  })
})

describe('createTranscribe, whatever the shape,', () => {
  const create = (options = {}) =>
    createTranscribe(
      { settings: { kind: 'deepseek', baseUrl: asr.baseUrl, apiKey: KEY }, log },
      { retryMs: 1, deadlineMs: 5_000, ...options },
    )

  it('waits as long as it is told before the next try', async () => {
    asr.behave({ kind: 'status', status: 429, retryAfterS: 1 }, 1)
    const startedAt = performance.now()
    expect(await create()(wav, signal)).toMatchObject({ kind: 'heard' })
    expect(performance.now() - startedAt).toBeGreaterThan(950)
  })

  it('gives up at its deadline when the server says nothing', async () => {
    asr.behave({ kind: 'silence' })
    const startedAt = performance.now()
    await expect(create({ deadlineMs: 300 })(wav, signal)).rejects.toMatchObject({ code: 'asr.unavailable' })
    expect(performance.now() - startedAt).toBeLessThan(3_000)
  })

  it('does not wait beyond its deadline however long it is told to', async () => {
    asr.behave({ kind: 'status', status: 429, retryAfterS: 600 })
    const startedAt = performance.now()
    await expect(create({ deadlineMs: 300 })(wav, signal)).rejects.toMatchObject({ code: 'asr.unavailable' })
    expect(performance.now() - startedAt).toBeLessThan(3_000)
  })
})

describe('while the server is away', () => {
  const settings = () => ({ kind: 'deepseek', baseUrl: asr.baseUrl, apiKey: KEY }) as const
  const options = { retryMs: 1, maxTries: 1, deadlineMs: 5_000 }

  it('nobody asks for a while, then one at a time, then everybody again', async () => {
    const transcribe = createTranscribe({ settings: settings(), log }, { ...options, restMs: 50 })
    const all = (count: number) =>
      Promise.all(Array.from({ length: count }, () => transcribe(wav, signal).catch((error: unknown) => error)))
    asr.behave({ kind: 'status', status: 503 })
    await all(1)
    for (const outcome of await all(5)) expect(outcome).toMatchObject({ code: 'asr.unavailable', retryable: true })
    expect(asr.requests).toHaveLength(1)

    asr.behave({ kind: 'delay', ms: 100 })
    await expect.poll(async () => (await all(5)).filter((outcome) => !(outcome instanceof Error)).length).toBe(1)
    expect(asr.requests).toHaveLength(2)
    asr.behave(undefined)
    for (const outcome of await all(5)) expect(outcome).toMatchObject({ kind: 'heard' })
    expect(log.lines.map(({ name }) => name).filter((name) => /away|back/.test(name))).toEqual(['asr.away', 'asr.back'])
  })

  it('one that is called off while it asks does not keep the others out', async () => {
    const transcribe = createTranscribe({ settings: settings(), log }, { ...options, restMs: 0 })
    asr.behave({ kind: 'status', status: 503 })
    await transcribe(wav, signal).catch(() => undefined)
    asr.behave({ kind: 'silence' })
    const controller = new AbortController()
    const going = transcribe(wav, controller.signal)
    await expect.poll(() => asr.requests.length).toBe(2)
    controller.abort(new Error('enough'))
    await expect(going).rejects.toThrow('enough')
    asr.behave(undefined)
    await expect.poll(() => transcribe(wav, signal).catch(() => undefined)).toMatchObject({ kind: 'heard' })
  })
})

describe('the stand-in', () => {
  const send = async (bytes: Uint8Array, path = '/v1/tools/asr', key = KEY) => {
    const form = new FormData()
    form.set('file', new Blob([Uint8Array.from(bytes)]), 'a.wav')
    const headers = { authorization: `Bearer ${key}` }
    return (await fetch(`${asr.baseUrl}${path}`, { method: 'POST', headers, body: form })).status
  }
  const changed = (change: (file: Buffer) => void) => {
    const file = Buffer.from(wav)
    change(file)
    return file
  }

  it.each([
    ['what is no recording', Buffer.from('#!AMR\n0000000000000000000000000000000000000000000000000')],
    ['a head that lies about the size', changed((file) => file.writeUInt32LE(0xffffffff, 4))],
    ['data that are not there', changed((file) => file.writeUInt32LE(0xffffffff, 40))],
    ['8-bit samples', changed((file) => file.writeUInt16LE(8, 34))],
    ['a float format', changed((file) => file.writeUInt16LE(3, 20))],
    ['96 kHz', changed((file) => file.writeUInt32LE(96_000, 24))],
    ['nothing but a head', toWav(new Uint8Array(), 16_000)],
    ['121 seconds', toWav(new Uint8Array(121 * 32_000), 16_000)],
  ])('refuses %s', async (_what, bytes) => {
    expect(await send(bytes)).toBe(400)
  })

  it('refuses more than 8 MiB, another key, another path, a model that it has not', async () => {
    expect(await send(toWav(new Uint8Array(8.1 * 1024 * 1024), 48_000))).toBe(413)
    expect(await send(wav, '/v1/tools/asr', 'other')).toBe(401)
    expect(await send(wav, '/tools/asr')).toBe(404)
    expect(await send(wav, '/v1/audio/transcriptions')).toBe(400)
  })
})

describe('toSpoken', () => {
  it.each([
    ['<|zh|><|HAPPY|><|Speech|><|withitn|>你好。😊', '你好。'],
    ['🎼', ''],
    ['第一句\n第二句', '第一句 第二句'],
    ['订单\u200b88', '订单88'],
    ['a < b | c > d', 'a < b | c > d'],
  ])('makes of %s: %s', (text, expected) => {
    expect(toSpoken(text)).toBe(expected)
  })
})
