import type { Command } from '../command.ts'
import type { Text } from '../language.ts'
import { readMediaFile } from '../read-media-file.ts'
import { createSendCommand } from '../send-command.ts'

type MediaKind = 'image' | 'voice' | 'video' | 'file'

const FILES: Readonly<Record<MediaKind, { about: Text; file: Text }>> = {
  image: {
    about: { zh: '发图片', en: 'send a picture' },
    file: { zh: 'JPG 或 PNG，最大 10 MB', en: 'JPG or PNG, 10 MB at most' },
  },
  voice: {
    about: { zh: '发语音', en: 'send a voice message' },
    file: { zh: 'AMR，最大 2 MB、60 秒', en: 'AMR, 2 MB and 60 s at most' },
  },
  video: { about: { zh: '发视频', en: 'send a video' }, file: { zh: 'MP4，最大 10 MB', en: 'MP4, 10 MB at most' } },
  file: {
    about: { zh: '发文件', en: 'send a file' },
    file: {
      zh: '任意文件，最大 20 MB，文件名会显示给客户',
      en: 'any file of 20 MB at most; the customer sees its name',
    },
  },
}

function createSendMedia(kind: MediaKind): Command {
  return createSendCommand({
    kind,
    about: FILES[kind].about,
    operand: { name: 'FILE', about: FILES[kind].file, isMany: false },
    toContent: async ({ operands: [path = ''], say }) => ({ type: kind, media: await readMediaFile(path, say) }),
  })
}

export const sendMedia: readonly Command[] = (['image', 'voice', 'video', 'file'] as const).map(createSendMedia)
