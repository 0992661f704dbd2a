import { guessMediaType } from '../../wecom/media-rules.ts'
import type { MediaType } from '../../wecom/outgoing-content.ts'
import type { Command } from '../command.ts'
import { readMediaFile } from '../read-media-file.ts'
import { usageError } from '../usage-error.ts'

const TYPES: readonly MediaType[] = ['image', 'voice', 'video', 'file']

export const upload: Command = {
  path: ['upload'],
  about: { zh: '上传素材，得到 media_id（3 天内有效）', en: 'upload a file for a media_id, valid for three days' },
  operand: { name: 'FILE', about: { zh: '文件', en: 'the file' }, isMany: false },
  options: {
    type: {
      type: 'string',
      value: TYPES.join('|'),
      about: { zh: '类型，默认按内容判断', en: 'what it is sent as; by its content if not given' },
    },
  },
  async run({ operands: [path = ''], options, say, platform, progress }) {
    const file = await readMediaFile(path, say)
    const type = options.type === undefined ? guessMediaType(file.bytes) : TYPES.find((each) => each === options.type)
    if (type === undefined) {
      throw usageError(
        say({ zh: `--type 只能是 ${TYPES.join('、')}`, en: `--type must be one of ${TYPES.join(', ')}` }),
      )
    }
    const { wecom, signal } = await platform()
    const mediaId = await progress({ zh: '上传', en: 'uploading' }, wecom.uploadMedia(type, file, signal))
    return { json: { mediaId, type, name: file.name, bytes: file.bytes.length }, text: mediaId }
  },
}
