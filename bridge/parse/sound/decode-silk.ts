/**
 * Silk, which ffmpeg doesn't read: WeChat's older form of voice, with Tencent's leading byte or without. The decoder runs in a process of its own
 * that may read this program's files and nothing else.
 */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { InSlot } from '../create-slots.ts'
import { type Decoded, SAMPLE_RATE } from './run-ffmpeg.ts'
import { type RunProgram, runProgram } from './run-program.ts'

/** Samples as of `Ffmpeg.decodeSound`, all of it. Rejects with the reason of `signal`. */
export type DecodeSilk = (path: string, signal: AbortSignal) => Promise<Decoded<Buffer>>

/** Larger is no voice of a minute or ten. */
const MAX_BYTES = 4_000_000
const MAX_OUTPUT_BYTES = 64_000_000
const MEMORY_MB = 250
/** Tencent's; the decoder wants it. */
const LEADING_BYTE = 2
const ROOT = join(import.meta.dirname, '../../..')

export function createDecodeSilk(
  { inSlot, deadlineMs }: { inSlot: InSlot; deadlineMs: number },
  run: RunProgram = runProgram,
): DecodeSilk {
  return async (path, signal) => {
    const { size } = await stat(path)
    if (size > MAX_BYTES) return { kind: 'failed', why: 'memory' }
    const file = await readFile(path, { signal })
    const input = file[0] === LEADING_BYTE ? file : Buffer.concat([Uint8Array.of(LEADING_BYTE), file])
    const program = { program: process.execPath, args: ARGUMENTS, input, memoryMb: MEMORY_MB }
    const limits = { maxOutputBytes: MAX_OUTPUT_BYTES, deadlineMs }
    const end = await inSlot(() => run({ ...program, ...limits }, signal), signal)
    return end.kind === 'done' ? { kind: 'done', value: end.output } : end
  }
}

const ARGUMENTS = [
  '--permission',
  ...['bridge/parse/sound/', 'node_modules/silk-wasm/', 'package.json'].map(
    (path) => `--allow-fs-read=${join(ROOT, path)}`,
  ),
  '--no-addons',
  '--no-warnings',
  '--max-old-space-size=64',
  join(import.meta.dirname, 'silk-process.ts'),
  String(SAMPLE_RATE),
]
