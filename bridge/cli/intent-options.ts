/** The parts of a question of the platform's knowledge base, as options. */
import type { IntentContent, NewAttachment } from '../wecom/endpoints/knowledge-intent.ts'
import type { Call } from './command.ts'
import type { Platform } from './open-platform.ts'
import { readMediaFile } from './read-media-file.ts'
import { textOption } from './require-option.ts'
import { usageError } from './usage-error.ts'

export const intentOptions = {
  answer: {
    type: 'string',
    value: 'TEXT',
    about: { zh: '回答，最多 500 个字', en: 'the answer, 500 characters at most' },
  },
  similar: {
    type: 'string',
    value: 'TEXT|TEXT',
    about: { zh: '相似问法，用 | 隔开，最多 100 个', en: 'other ways to ask, with | between, 100 at most' },
  },
  image: {
    type: 'string',
    value: 'FILE',
    about: { zh: '回答里的图片，JPG 或 PNG', en: 'a picture of the answer, JPG or PNG' },
  },
  video: { type: 'string', value: 'FILE', about: { zh: '回答里的视频，MP4', en: 'a video of the answer, MP4' } },
  link: { type: 'string', value: 'TITLE=URL', about: { zh: '回答里的链接', en: 'a link of the answer' } },
} as const

/** Undefined when it was not given. */
export function parseSimilar(call: Pick<Call, 'options'>): string[] | undefined {
  const text = textOption('similar', call)
  return text
    ?.split('|')
    .map((question) => question.trim())
    .filter((question) => question !== '')
}

/** Uploads what is named. Throws `cli.usage`, and like a call of the platform. */
export async function readAttachments(
  call: Pick<Call, 'options' | 'say'>,
  { wecom, signal }: Pick<Platform, 'wecom' | 'signal'>,
): Promise<IntentContent['attachments']> {
  const attachments: NewAttachment[] = []
  for (const type of ['image', 'video'] as const) {
    const path = textOption(type, call)
    if (path === undefined) continue
    const file = await readMediaFile(path, call.say)
    attachments.push({ type, mediaId: await wecom.uploadMedia(type, file, signal) })
  }
  const link = textOption('link', call)
  if (link !== undefined) {
    const [, title, url] = /^(.+?)=(https?:\/\/.+)$/.exec(link) ?? []
    if (title === undefined || url === undefined) {
      throw usageError(call.say({ zh: '--link 要是 标题=https://…', en: '--link takes a title, = and https://…' }))
    }
    attachments.push({ type: 'link', title, url })
  }
  return attachments
}
