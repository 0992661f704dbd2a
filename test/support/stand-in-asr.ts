/**
 * A speech recognition for tests, in two shapes: DeepSeek's `POST /v1/tools/asr` and OpenAI's `POST …/audio/transcriptions`. It looks at the
 * recording as the real ones do and refuses what they refuse. It understands one language: each second's tone is a sentence.
 * Sources: api-docs.deepseek.com (tools, ASR), docs.siliconflow.cn (create-audio-transcriptions)
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a tone of so many Hz means. */
export const SPOKEN: Readonly<Record<number, string>> = {
  440: '我要退货',
  660: '订单什么时候发货',
  880: '你们营业到几点',
}

export type AsrBehaviour =
  /** The server's error with this status; `retryAfterS` as its header. */
  | { kind: 'status'; status: number; retryAfterS?: number }
  /** Nothing at all until the caller gives up. */
  | { kind: 'silence' }
  /** A gateway's page, with 200. */
  | { kind: 'html' }
  /** The answer, so much later. */
  | { kind: 'delay'; ms: number }
  /** This text, whatever was said. */
  | { kind: 'text'; text: string }

export interface AsrRequest {
  path: string
  /** Seconds of the recording. */
  seconds: number
  sampleRate: number
  bytes: number
  model: string | undefined
}

export interface StandInAsr {
  /** For DEEPSEEK_BASE_URL; ASR_BASE_URL is this and `/v1`. */
  readonly baseUrl: string
  /** Accepted requests, oldest first. */
  readonly requests: readonly AsrRequest[]
  /** The most that were worked on at the same time. */
  readonly peak: number
  /** The next `times` requests go like this; without `times` all of them until told otherwise. undefined: as usual again. */
  behave(behaviour: AsrBehaviour | undefined, times?: number): void
  close(): Promise<void>
}

export interface StandInAsrOptions {
  /** Any key is accepted unless given. */
  apiKey?: string
  models?: readonly string[]
  /** Worked on at the same time; beyond it is 429. Default 50, as documented. */
  maxAtOnce?: number
}

const MAX_DEEPSEEK_BYTES = 8 * 1024 * 1024
const MAX_DEEPSEEK_SECONDS = 120
const MAX_OPENAI_BYTES = 50 * 1024 * 1024

type Refusal = { status: number; message: string }

export async function startStandInAsr(options: StandInAsrOptions = {}): Promise<StandInAsr> {
  const { apiKey, models = ['FunAudioLLM/SenseVoiceSmall'], maxAtOnce = 50 } = options
  const requests: AsrRequest[] = []
  let behaviour: AsrBehaviour | undefined
  let times = Number.POSITIVE_INFINITY
  let working = 0
  let peak = 0

  const nextBehaviour = () => {
    if (behaviour === undefined || times <= 0) return undefined
    times -= 1
    return behaviour
  }

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    const isDeepseek = path === '/v1/tools/asr'
    if (!isDeepseek && path !== '/v1/audio/transcriptions') return refuse(response, 404, 'not found')
    if (request.method !== 'POST') return refuse(response, 405, 'method not allowed')
    const key = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    if (key === undefined || (apiKey !== undefined && key !== apiKey)) return refuse(response, 401, 'no such key')
    const form = await readForm(request, isDeepseek ? MAX_DEEPSEEK_BYTES : MAX_OPENAI_BYTES)
    if (form === 'too-large') return refuse(response, 413, 'the file is too large')
    const file = form?.get('file')
    if (!(file instanceof File)) return refuse(response, 400, 'there must be one file')
    const model = form?.get('model')
    if (!isDeepseek && (typeof model !== 'string' || !models.includes(model)))
      return refuse(response, 400, 'no such model')
    const wav = readWav(Buffer.from(await file.arrayBuffer()))
    if ('status' in wav) return refuse(response, wav.status, wav.message)
    if (isDeepseek && wav.seconds > MAX_DEEPSEEK_SECONDS) return refuse(response, 400, 'longer than 120 s')
    requests.push({
      path,
      seconds: wav.seconds,
      sampleRate: wav.sampleRate,
      bytes: file.size,
      model: typeof model === 'string' ? model : undefined,
    })
    const how = nextBehaviour()
    if (how?.kind === 'silence') return
    if (how?.kind === 'status') return refuse(response, how.status, 'as told', how.retryAfterS)
    if (how?.kind === 'html') return void response.end('<html>Bad Gateway</html>')
    if (how?.kind === 'delay') await sleep(how.ms)
    const text = how?.kind === 'text' ? how.text : understand(wav)
    // SenseVoice's own marks, as SiliconFlow gives them.
    const answer = isDeepseek
      ? { request_id: crypto.randomUUID(), text, duration_ms: Math.round(wav.seconds * 1000) }
      : { text: `<|zh|><|NEUTRAL|><|Speech|><|woitn|>${text}😊` }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  }

  const server = createServer((request, response) => {
    if (working >= maxAtOnce) return refuse(response, 429, 'too many at once')
    working += 1
    peak = Math.max(peak, working)
    response.once('close', () => {
      working -= 1
    })
    handle(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    requests,
    get peak() {
      return peak
    },
    behave(next, count = Number.POSITIVE_INFINITY) {
      behaviour = next
      times = count
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function refuse(response: ServerResponse, status: number, message: string, retryAfterS?: number): void {
  const headers = retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) }
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code: null } }))
}

async function readForm(request: IncomingMessage, maxBytes: number): Promise<FormData | 'too-large' | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    // Read to its end all the same: a connection that is closed before may be reset, and nobody hears why.
    if (bytes <= maxBytes + 10_000) chunks.push(chunk)
  }
  if (bytes > maxBytes + 10_000) return 'too-large'
  const headers = { 'content-type': request.headers['content-type'] ?? '' }
  return new Response(Buffer.concat(chunks), { headers }).formData().catch(() => undefined)
}

interface Wav {
  sampleRate: number
  seconds: number
  samples: Int16Array
}

/** 16-bit PCM of 8 to 48 kHz, its head in order and as long as it says. */
function readWav(file: Buffer): Wav | Refusal {
  const bad = (message: string): Refusal => ({ status: 400, message })
  if (file.length < 44 || file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 16) !== 'WAVEfmt ') {
    return bad('neither WAV nor Ogg Opus')
  }
  if (file.readUInt32LE(4) !== file.length - 8) return bad('the size in the head is not that of the file')
  const [format, channels, sampleRate, bits] = [20, 22, 24, 34].map((at, index) =>
    index === 2 ? file.readUInt32LE(at) : file.readUInt16LE(at),
  ) as [number, number, number, number]
  if (format !== 1 || bits !== 16) return bad('not 16-bit PCM')
  if (sampleRate < 8_000 || sampleRate > 48_000) return bad('not of 8 to 48 kHz')
  if (file.readUInt32LE(28) !== sampleRate * channels * 2) return bad('the rate in the head is wrong')
  if (file.toString('latin1', 36, 40) !== 'data' || file.readUInt32LE(40) !== file.length - 44) return bad('no data')
  if (file.length === 44) return bad('nothing in it')
  const data = file.subarray(44, file.length - (file.length % 2))
  const samples = new Int16Array(data.length / 2)
  for (const index of samples.keys()) samples[index] = data.readInt16LE(index * 2)
  return { sampleRate, seconds: samples.length / channels / sampleRate, samples }
}

/** What is repeated is said once. */
function understand({ samples, sampleRate }: Wav): string {
  const said: string[] = []
  for (let at = 0; at + sampleRate / 2 <= samples.length; at += sampleRate) {
    const second = samples.subarray(at, at + sampleRate)
    const known = isLoud(second) && Object.keys(SPOKEN).find((tone) => shareOf(Number(tone), second, sampleRate) > 0.5)
    const sentence = SPOKEN[Number(known)] ?? ''
    if (sentence !== '' && said.at(-1) !== sentence) said.push(sentence)
  }
  return said.join('，')
}

/** How much of the sound is this tone, from 0 to 1. https://en.wikipedia.org/wiki/Goertzel_algorithm */
function shareOf(hertz: number, samples: Int16Array, sampleRate: number): number {
  const factor = 2 * Math.cos((2 * Math.PI * hertz) / sampleRate)
  let [last, before, energy] = [0, 0, 0]
  for (const sample of samples) {
    ;[last, before] = [sample + factor * last - before, last]
    energy += sample * sample
  }
  const power = last * last + before * before - factor * last * before
  return energy === 0 ? 0 : (2 * power) / (samples.length * energy)
}

function isLoud(samples: Int16Array): boolean {
  return samples.some((sample) => Math.abs(sample) > 1_000)
}
