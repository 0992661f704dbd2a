import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { largestMediaBytes } from '../wecom/media-rules.ts'
import type { MediaFile } from '../wecom/outgoing-content.ts'
import type { Call } from './command.ts'
import { printable } from './printable.ts'
import { usageError } from './usage-error.ts'

/** Throws `cli.usage` when it is not there, is no file, or is larger than anything that can be uploaded. */
export async function readMediaFile(path: string, say: Call['say']): Promise<MediaFile> {
  const shown = printable(path)
  const found = await stat(path).catch(() => undefined)
  if (found === undefined || !found.isFile()) {
    throw usageError(say({ zh: `没有这个文件：${shown}`, en: `there is no file ${shown}` }))
  }
  if (found.size > largestMediaBytes) {
    const megabytes = largestMediaBytes / 1024 / 1024
    throw usageError(
      say({
        zh: `文件过大：${shown} 有 ${found.size} 字节，最多 ${largestMediaBytes}（${megabytes} MB）`,
        en: `${shown} has ${found.size} bytes, the limit is ${largestMediaBytes} (${megabytes} MB)`,
      }),
    )
  }
  return { name: basename(path), bytes: new Uint8Array(await readFile(path)) }
}
