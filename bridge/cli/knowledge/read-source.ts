/** Reads a source of any kind and brings the knowledge up to date with it; what is long says how far it is. */
import { parseEdgeSettings } from '../../config.ts'
import type { PaidCalls } from '../../create-paid-calls.ts'
import { listSitemap, toPageItem } from '../../knowledge/ingest/list-pages.ts'
import { ROBOTS_NAME } from '../../knowledge/ingest/robots.ts'
import { type SourceListing, type SyncReport, syncSource } from '../../knowledge/ingest/sync-source.ts'
import { createLogger } from '../../logger.ts'
import { createPageReader } from '../../parse/create-page-reader.ts'
import type { KnowledgeSourceRow } from '../../store/knowledge-sources.ts'
import type { Call } from '../command.ts'
import { describeCounts } from '../describe-counts.ts'
import { createAttach } from './create-attach.ts'
import { listFiles } from './list-files.ts'
import { listPlatform } from './list-platform.ts'
import type { OpenKnowledge } from './open-knowledge.ts'

export type SourceReader = (source: KnowledgeSourceRow) => Promise<SyncReport & { error: string }>

export interface SourceReaderDeps extends Pick<OpenKnowledge, 'store' | 'settings'> {
  /** What it costs to hear recordings. */
  spending: Pick<PaidCalls, 'countSpeech'>
}

/** Call `close` at the end: reading processes wait for more otherwise. */
export function createSourceReader(
  { store, settings, spending }: SourceReaderDeps,
  call: Pick<Call, 'env' | 'platform' | 'progress' | 'say'>,
): { read: SourceReader; close: () => void } {
  const log = createLogger({ level: 'silent', pretty: false })
  const { outboundProxy: proxyUrl, asr } = settings
  let show = (_what: string) => {}
  const pages = createPageReader(
    {
      log,
      onPage: (name, done, total) => show(`${name.slice(0, SHOWN)} ${done}/${total}`),
      onHeard: spending.countSpeech(asr),
    },
    { refusedHosts: ownHosts(call.env), proxyUrl, asr, name: ROBOTS_NAME },
  )
  const { signal } = new AbortController()

  const list = async ({ kind, uri }: KnowledgeSourceRow): Promise<SourceListing> => {
    switch (kind) {
      case 'page':
        return { items: [toPageItem(uri, pages)], isComplete: true }
      case 'sitemap':
        return listSitemap(uri, pages, signal)
      case 'platform':
        return listPlatform(await call.platform())
      default: {
        const attachFrom = (folder: string) => createAttach(store, folder)
        return listFiles(uri, kind === 'faq', { ...pages, attachFrom })
      }
    }
  }

  return {
    async read(source) {
      // What can't be listed now is left as it is.
      const listing = await call.progress(
        { zh: '查看来源', en: 'looking into the source' },
        list(source).catch((error: unknown): SourceListing => {
          return { items: [], isComplete: false, error: describe(error, call.say) }
        }),
      )
      const { text, count, note } = describeCounts({ zh: '读取', en: 'reading' }, listing.items.length)
      show = note
      const onProgress = (done: number, _total: number, uri: string) => count(done, uri)
      const report = await call.progress(text, syncSource(source, listing, { store, onProgress }, signal))
      return { ...report, error: listing.error ?? '' }
    },
    close: pages.close,
  }
}

/** Of a name, where the number of its page follows. */
const SHOWN = 30

function describe(error: unknown, say: Call['say']): string {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT') return say({ zh: '找不到这个文件或文件夹', en: 'there is no such file or folder' })
  if (code === 'EACCES') return say({ zh: '没有读取权限', en: 'it may not be read' })
  return error instanceof Error ? error.message : String(error)
}

/** No page of the knowledge leads to what this service itself talks to. */
function ownHosts(env: Call['env']): string[] {
  try {
    return [new URL(parseEdgeSettings(env).url).hostname]
  } catch {
    return []
  }
}
