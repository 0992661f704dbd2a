import { isAppError } from '../../../../shared/app-error.ts'
import { createLogger } from '../../../logger.ts'
import { createTranscribe } from '../../../parse/sound/transcribe.ts'
import { defineCheck } from '../check.ts'

const DEADLINE_MS = 15_000
const SAMPLE_RATE = 16_000
const HEADER_BYTES = 44

/** Without it everything else works, so its faults are warnings. */
export const speech = defineCheck({
  name: 'speech',
  about: { zh: '语音识别', en: 'speech recognition' },
  deadlineMs: 20_000,
  findings: {
    ok: { level: 'ok', says: { zh: '{name} 有回应（{ms} 毫秒）', en: '{name} answers ({ms} ms)' } },
    unused: { level: 'skipped', says: { zh: '没有设置，听不了语音', en: 'not set: voices are not understood' } },
    account: {
      level: 'warning',
      says: {
        zh: '{name} 不给用（{status}）：401、403 密钥，402 余额，404 地址或模型',
        en: '{name} refuses ({status}): 401 and 403 the key, 402 the balance, 404 the address or the model',
      },
      todo: {
        zh: '核对 ASR_API_KEY、ASR_BASE_URL、ASR_MODEL（没有设置时用 DEEPSEEK_ 的）',
        en: 'check ASR_API_KEY, ASR_BASE_URL and ASR_MODEL (without them, those of DEEPSEEK_)',
      },
    },
    refused: {
      level: 'warning',
      says: { zh: '{name} 不收测试用的录音', en: '{name} does not take our recording' },
      todo: { zh: '核对 ASR_MODEL：它要能收 16 kHz 的 WAV', en: 'check ASR_MODEL: it has to take WAV at 16 kHz' },
    },
    unreachable: {
      level: 'warning',
      says: { zh: '{name} 没有回应', en: '{name} gives no answer' },
      todo: { zh: '核对 ASR_BASE_URL，检查本机网络', en: 'check ASR_BASE_URL and the network' },
    },
  },
  async run({ config, fetch }, signal) {
    if (config?.asr === undefined) return [{ key: 'unused' }]
    const { kind, ...settings } = config.asr
    const name = kind === 'deepseek' ? 'DeepSeek' : settings.model
    const log = createLogger({ level: 'silent', pretty: false })
    let status = 0
    const onAccount = (refused: number | undefined) => {
      status = refused ?? 0
    }
    const transcribe = createTranscribe(
      { settings: { kind, ...settings }, log, fetch, onAccount },
      { deadlineMs: DEADLINE_MS, maxTries: 1 },
    )
    const startedAt = performance.now()
    try {
      const { kind: outcome } = await transcribe(halfASecondOfSilence(), signal)
      const ms = Math.round(performance.now() - startedAt)
      return [outcome === 'heard' ? { key: 'ok', values: { name, ms } } : { key: outcome, values: { name, status } }]
    } catch (error) {
      if (!isAppError(error, 'asr.unavailable')) throw error
      return [{ key: 'unreachable', values: { name } }]
    }
  },
})

/** WAV, 16-bit mono: http://soundfile.sapp.org/doc/WaveFormat/ */
function halfASecondOfSilence(): Uint8Array {
  const dataBytes = SAMPLE_RATE
  const wav = Buffer.alloc(HEADER_BYTES + dataBytes)
  wav.write('RIFF', 0)
  wav.writeUInt32LE(HEADER_BYTES - 8 + dataBytes, 4)
  wav.write('WAVEfmt ', 8)
  wav.writeUInt32LE(16, 16)
  wav.writeUInt16LE(1, 20)
  wav.writeUInt16LE(1, 22)
  wav.writeUInt32LE(SAMPLE_RATE, 24)
  wav.writeUInt32LE(SAMPLE_RATE * 2, 28)
  wav.writeUInt16LE(2, 32)
  wav.writeUInt16LE(16, 34)
  wav.write('data', 36)
  wav.writeUInt32LE(dataBytes, 40)
  return wav
}
