/**
 * A voice as a sound that a browser plays. No browser knows AMR, so the machine's ffmpeg decodes it; without one the page
 * offers the file itself.
 */
import { spawn } from 'node:child_process'
import { AppError } from '../../../shared/app-error.ts'

const TIMEOUT_MS = 10_000
const MAX_WAV_BYTES = 20 * 1024 * 1024
/** From a pipe to a pipe: whatever is in the file, nothing else is opened. */
const ARGUMENTS = ['-v', 'error', '-protocol_whitelist', 'pipe', '-f', 'amr', '-i', 'pipe:0', '-f', 'wav', 'pipe:1']

/** Rejects with `simulator.no-decoder` when there is no ffmpeg and `simulator.undecodable` when it cannot read the file. */
export async function voiceToWav(voice: Uint8Array, program = 'ffmpeg'): Promise<Uint8Array<ArrayBuffer>> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  return new Promise((resolve, reject) => {
    const child = spawn(program, ARGUMENTS, { stdio: ['pipe', 'pipe', 'ignore'], signal })
    const chunks: Buffer[] = []
    let length = 0
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > MAX_WAV_BYTES) child.kill()
      else chunks.push(chunk)
    })
    child.on('error', (cause: NodeJS.ErrnoException) => {
      const code = cause.code === 'ENOENT' ? 'simulator.no-decoder' : 'simulator.undecodable'
      reject(new AppError(code, `${program} did not decode the voice`, { retryable: false, cause }))
    })
    child.on('close', (status) => {
      if (status === 0 && length > 0) resolve(new Uint8Array(Buffer.concat(chunks)))
      else reject(new AppError('simulator.undecodable', 'the voice could not be decoded', { retryable: false }))
    })
    // ffmpeg may end before it has read all.
    child.stdin.on('error', () => {})
    child.stdin.end(voice)
  })
}
