/**
 * What a FAQ table says is sent along with an answer: a file beside the table, or as JSON a link or a mini programme card. Files are kept
 * with the knowledge, so that every bridge has them.
 */
import { readFile, realpath } from 'node:fs/promises'
import { basename, extname, join, sep } from 'node:path'
import { z } from 'zod'
import { isAppError } from '../../../shared/app-error.ts'
import type { DocumentStore } from '../../store/document-store.ts'
import { limitsOf } from '../../wecom/limits.ts'
import { checkMedia } from '../../wecom/media-rules.ts'
import type { MediaType, ReplyContent } from '../../wecom/outgoing-content.ts'
import { toWireContent } from '../../wecom/to-wire-content.ts'

const card = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['image', 'video', 'file']), file: z.string() }),
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({
    ...{ type: z.literal('link'), title: z.string(), url: z.url(), thumb: z.string() },
    description: z.string().optional(),
  }),
  z.object({
    ...{ type: z.literal('miniprogram'), appId: z.string(), pagePath: z.string(), thumb: z.string() },
    title: z.string().optional(),
  }),
])

/** Rejects with a sentence for people, also for what the platform would refuse when it is sent: then it would be too late. */
export function createAttach(
  { saveFile }: Pick<DocumentStore, 'saveFile'>,
  folder: string,
): (attachments: readonly string[]) => Promise<ReplyContent[]> {
  const store = async (type: MediaType, name: string): Promise<{ stored: string }> => {
    const root = await realpath(folder)
    const path = await realpath(join(root, name)).catch(() => undefined)
    if (path === undefined) throw new Error(`附件不存在：${name}`)
    if (!path.startsWith(root + sep)) throw new Error(`附件要在表格所在的文件夹里：${name}`)
    const bytes = Uint8Array.from(await readFile(path))
    mustFit(name, () => checkMedia('attachment', type, { name, bytes }))
    return { stored: `knowledge:${await saveFile(basename(path), bytes)}` }
  }

  const toContent = async (text: string): Promise<ReplyContent> => {
    if (!text.startsWith('{')) {
      const type = typeOf(text)
      return { type, media: await store(type, text) }
    }
    const parsed = card.safeParse(parseJson(text))
    if (!parsed.success) throw new Error(`附件写法不对：${text.slice(0, 60)}`)
    const { data } = parsed
    switch (data.type) {
      case 'text':
        mustFit(text, () => toWireContent(limits, data, ''))
        return data
      case 'link':
      case 'miniprogram':
        mustFit(data.title ?? data.type, () => toWireContent(limits, { ...data, thumb: { mediaId: '-' } }, '-'))
        return { ...data, thumb: await store('image', data.thumb) }
      default:
        return { type: data.type, media: await store(data.type, data.file) }
    }
  }
  return (attachments) => Promise.all(attachments.map(toContent))
}

const limits = limitsOf('attachment')

function mustFit(name: string, check: () => unknown): void {
  try {
    check()
  } catch (error) {
    if (!isAppError(error, 'wecom.refused')) throw error
    const { field = '', rule, found, limit, unit } = error.details
    const why = rule ?? `${found} ${unit}, limit ${limit}`
    throw new Error(`附件发不出去：${name.slice(0, 60)}（${field}: ${why}）`)
  }
}

function typeOf(name: string): 'image' | 'video' | 'file' {
  const ending = extname(name).toLowerCase()
  if (/^\.(jpe?g|png)$/.test(ending)) return 'image'
  return ending === '.mp4' ? 'video' : 'file'
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
