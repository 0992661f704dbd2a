import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { PaidCalls } from '../../create-paid-calls.ts'
import { embedWaiting } from '../../knowledge/embed-waiting.ts'
import { createEmbedder } from '../../knowledge/models/embed.ts'
import type { KnowledgeSourceRow, SourceKind } from '../../store/knowledge-sources.ts'
import type { Call, Command } from '../command.ts'
import { describeCounts } from '../describe-counts.ts'
import { describeReport } from '../knowledge/describe-report.ts'
import { baseOption, DEFAULT_BASE, type OpenKnowledge, openKnowledge } from '../knowledge/open-knowledge.ts'
import { createSourceReader } from '../knowledge/read-source.ts'
import { openSpending } from '../open-spending.ts'
import { parseCount } from '../parse-count.ts'
import { printable } from '../printable.ts'
import { textOption } from '../require-option.ts'
import { usageError } from '../usage-error.ts'

const HOUR_MS = 3_600_000
const DEFAULT_HOURS = 24
const MAX_HOURS = 24 * 365
const PLATFORM = 'platform'

export const knowledgeAdd: Command = {
  path: ['knowledge', 'add'],
  about: {
    zh: '加入文件、文件夹、问答表（csv/xlsx/jsonl）、网页、sitemap，或 platform（微信客服自带知识库）',
    en: "add files, folders, tables of questions and answers (csv, xlsx, jsonl), web pages, sitemaps, or platform (that of the platform's bot)",
  },
  operand: { name: 'WHAT', about: { zh: '路径、网址或 platform', en: 'a path, an address or platform' }, isMany: true },
  options: {
    ...baseOption,
    faq: {
      type: 'boolean',
      about: {
        zh: '表格没有表头也当作问答：第一列问题，最后一列答案',
        en: 'a table without heads is questions, too: asked in the first column, answered in the last',
      },
    },
    hours: {
      type: 'string',
      value: 'N',
      about: {
        zh: `网页每隔几小时重新读取，默认 ${DEFAULT_HOURS}，0 为不重新读取`,
        en: `how often pages are read again, in hours; ${DEFAULT_HOURS} by default, 0 for never`,
      },
    },
  },
  async run(call) {
    const { operands, options, say } = call
    const hours = parseHours(call)
    const given = await Promise.all(operands.map((operand) => toSource(operand, options.faq === true, say)))
    const knowledge = await openKnowledge(call)
    const base = await knowledge.store.ensureBase(textOption('base', call) ?? DEFAULT_BASE)
    const sources: KnowledgeSourceRow[] = []
    for (const { kind, uri } of given) {
      const everyMs = kind === 'page' || kind === 'sitemap' ? hours * HOUR_MS : 0
      sources.push(await knowledge.store.ensureSource({ base, kind, uri, everyMs }))
    }
    return readSources(sources, knowledge, call)
  },
}

/** Reads them one after the other, and gives vectors to what is new where there is a model for it. */
export async function readSources(sources: readonly KnowledgeSourceRow[], knowledge: OpenKnowledge, call: Call) {
  const spending = await openSpending(await call.database())
  const reader = createSourceReader({ ...knowledge, spending }, call)
  const reports = []
  try {
    for (const source of sources) reports.push({ uri: source.uri, ...(await reader.read(source)) })
  } finally {
    reader.close()
    await spending.flush()
  }
  const vectors = await embed({ ...knowledge, spending }, call)
  const lines = reports.map((report) => describeReport(report.uri, report, call.say))
  return {
    json: { sources: reports, vectors },
    text: [...lines, ...(vectors === '' ? [] : [vectors])].join('\n'),
    isFailure: reports.some(({ failed, error }) => failed.length > 0 || error !== ''),
  }
}

async function embed(
  { store, settings, spending }: OpenKnowledge & { spending: PaidCalls },
  { say, progress }: Call,
): Promise<string> {
  if (settings.embedding === undefined) return ''
  const embedder = createEmbedder(spending.counted('index', settings.embedding))
  try {
    const total = await store.countWithoutVector(embedder.model)
    const { text, count } = describeCounts({ zh: '计算向量', en: 'making vectors' }, total)
    const done = await progress(text, embedWaiting({ store, embedder, onProgress: count }))
    return say({ zh: `向量：${done} 段`, en: `vectors of ${done} pieces` })
  } catch (error) {
    const why = error instanceof Error ? error.message : ''
    return say({
      zh: `向量暂时没算完（${why}），bridge 会接着算`,
      en: `not all vectors are made (${why}); the bridge goes on with them`,
    })
  } finally {
    await spending.flush()
  }
}

function parseHours(call: Call): number {
  const { hours } = call.options
  if (hours === '0') return 0
  return parseCount('hours', hours, { fallback: DEFAULT_HOURS, max: MAX_HOURS, say: call.say })
}

/** Throws `cli.usage` for a path that is not there. */
async function toSource(operand: string, isFaq: boolean, say: Call['say']): Promise<{ kind: SourceKind; uri: string }> {
  if (operand === PLATFORM) return { kind: 'platform', uri: PLATFORM }
  if (/^https?:\/\//i.test(operand)) {
    if (!URL.canParse(operand))
      throw usageError(say({ zh: `网址不对：${printable(operand)}`, en: `no address: ${printable(operand)}` }))
    const { href, pathname } = new URL(operand)
    return { kind: /\.xml(\.gz)?$/i.test(pathname) ? 'sitemap' : 'page', uri: href }
  }
  const uri = resolve(operand)
  const found = await stat(uri).catch(() => undefined)
  if (found === undefined) {
    throw usageError(
      say({ zh: `没有这个文件或文件夹：${printable(operand)}`, en: `there is no ${printable(operand)}` }),
    )
  }
  if (found.isDirectory()) return { kind: 'folder', uri }
  return { kind: isFaq ? 'faq' : 'file', uri }
}
