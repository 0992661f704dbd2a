import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Command } from '../command.ts'
import { textOption } from '../require-option.ts'
import { usageError } from '../usage-error.ts'

export const download: Command = {
  path: ['download'],
  about: { zh: '下载素材', en: 'download a file by its media_id' },
  operand: { name: 'MEDIA_ID', about: { zh: '素材', en: 'the file' }, isMany: false },
  options: {
    output: {
      type: 'string',
      value: 'FILE',
      about: {
        zh: '存到哪里，默认按原名存在当前目录；不覆盖已有文件',
        en: 'where to; by default here under its own name. Nothing is overwritten',
      },
    },
  },
  async run(call) {
    const { operands, say, platform, progress } = call
    const [mediaId = ''] = operands
    const { wecom, signal } = await platform()
    const save = async () => {
      const { name, contentType, body } = await wecom.downloadMedia(mediaId, signal)
      const path = textOption('output', call) ?? toFileName(name)
      const part = `${path}.part`
      let bytes = 0
      const count = async function* () {
        for await (const chunk of body) {
          bytes += chunk.length
          yield chunk
        }
      }
      try {
        // Claims the name, so that nothing that is there is lost.
        await pipeline([], createWriteStream(path, { flags: 'wx', mode: 0o600 }))
        await pipeline(count, createWriteStream(part, { mode: 0o600 }))
        await rename(part, path)
      } catch (error) {
        await rm(part, { force: true })
        const { code } = error as NodeJS.ErrnoException
        if (code === 'EEXIST')
          throw usageError(
            say({ zh: `${path} 已存在，请用 --output 另存`, en: `${path} is there already: name another by --output` }),
          )
        await rm(path, { force: true })
        throw error
      }
      return { path, bytes, contentType }
    }
    const saved = await progress({ zh: '下载', en: 'downloading' }, save())
    return {
      json: saved,
      text: say({
        zh: `已保存：${saved.path}（${saved.bytes} 字节）`,
        en: `Saved ${saved.path}, ${saved.bytes} bytes`,
      }),
    }
  },
}

/** A name that a stranger chose: it hides nothing and leaves no folder. */
function toFileName(name: string): string {
  return (
    name
      .replace(/^[.\s]+/, '')
      .replaceAll(/[\p{Cc}\p{Cf}/\\:*?"<>|]/gu, '_')
      .slice(0, 120) || 'download.bin'
  )
}
