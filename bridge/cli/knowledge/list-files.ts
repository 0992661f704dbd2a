/** The files of a folder, or one file, as the items of a source. Tables with questions and answers become FAQ entries. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, extname, join, relative, sep } from 'node:path'
import { type FaqItemOptions, toFaqItems } from '../../knowledge/ingest/list-faq.ts'
import type { SourceItem, SourceListing } from '../../knowledge/ingest/sync-source.ts'
import { isFaqTable, toFaqEntries } from '../../knowledge/ingest/to-faq-entries.ts'
import { hashText, toTextDocument } from '../../knowledge/ingest/to-text-document.ts'
import type { DocumentSource, Reading, UnreadDocument } from '../../parse/documents/reading.ts'
import { isTableFile, readTableFile } from './read-table-file.ts'

export interface FileDeps {
  read: (source: DocumentSource, signal: AbortSignal) => Promise<Reading>
  describeUnread: (reading: UnreadDocument) => string
  /** Files that go along with an answer are named beside its table. */
  attachFrom: (folder: string) => NonNullable<FaqItemOptions['attach']>
}

const MAX_BYTES = 50_000_000
const MAX_FILES = 20_000
const LINK = '是符号链接，没有跟着打开；请直接添加它指向的文件或文件夹'
const UNOPENED = '打不开，请检查文件是否还在、是否有读取权限'

/** `isFaq`: take every table for questions and answers, also one without heads. Rejects when there is no such path. */
export async function listFiles(path: string, isFaq: boolean, deps: FileDeps): Promise<SourceListing> {
  const isFolder = (await stat(path)).isDirectory()
  const root = isFolder ? path : join(path, '..')
  const { files, links } = isFolder ? await walk(path) : { files: [path], links: [] }
  // Where one leads may be outside of what was named, or round in a circle.
  const items = links.map((link) => unreadItem(relative(root, link).split(sep).join('/'), LINK))
  let areWhole = true
  for (const file of files.slice(0, MAX_FILES)) {
    const uri = isFolder ? relative(root, file).split(sep).join('/') : basename(file)
    // One file that can't be opened is named, and costs the others nothing.
    const one = await toItems(file, uri, isFaq, deps).catch(() => ({
      items: [unreadItem(uri, UNOPENED)],
      isWhole: false,
    }))
    items.push(...one.items)
    areWhole &&= one.isWhole
  }
  const hasAll = files.length <= MAX_FILES
  return {
    items,
    isComplete: hasAll && areWhole,
    ...(!hasAll && { error: `超过 ${MAX_FILES} 个文件，其余的没有读取` }),
  }
}

/** Not whole: a table may have had entries that are not seen now, and what was known of them stays. */
async function toItems(
  file: string,
  uri: string,
  isFaq: boolean,
  deps: FileDeps,
): Promise<{ items: SourceItem[]; isWhole: boolean }> {
  let isWhole = true
  if (isTableFile(file)) {
    const rows = await readTableFile(file).catch(() => undefined)
    isWhole = rows !== undefined
    if (rows !== undefined && (isFaq || isFaqTable(rows))) {
      const attach = deps.attachFrom(join(file, '..'))
      return { items: toFaqItems(toFaqEntries(rows), { prefix: uri, attach }), isWhole }
    }
  }
  const { size } = await stat(file)
  if (size > MAX_BYTES) return { items: [unreadItem(uri, `文件过大（${Math.round(size / 1e6)} MB）`)], isWhole }
  // Read again at its turn: a folder is larger than memory.
  const hash = hashText(await readFile(file))
  const item: SourceItem = {
    ...{ uri, title: uri, hash },
    async read(signal) {
      const bytes = await readFile(file).catch(() => undefined)
      if (bytes === undefined) return { unread: UNOPENED }
      const reading = await deps.read({ bytes, name: basename(file) }, signal)
      if (reading.outcome === 'unread') return { unread: deps.describeUnread(reading) }
      const title = reading.title || basename(file, extname(file))
      return toTextDocument({ title, text: reading.text, hash: hashText(bytes) })
    },
  }
  return { items: [item], isWhole }
}

function unreadItem(uri: string, unread: string): SourceItem {
  return { uri, title: uri, read: async () => ({ unread }) }
}

/** In a stable order, without what is hidden. */
async function walk(folder: string): Promise<{ files: string[]; links: string[] }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const shown = entries.filter(
    ({ parentPath, name }) =>
      !relative(folder, join(parentPath, name))
        .split(sep)
        .some((part) => part.startsWith('.') || part.startsWith('~$')),
  )
  const paths = (of: typeof shown) => of.map(({ parentPath, name }) => join(parentPath, name)).sort()
  return {
    files: paths(shown.filter((entry) => entry.isFile())),
    links: paths(shown.filter((entry) => entry.isSymbolicLink())),
  }
}
