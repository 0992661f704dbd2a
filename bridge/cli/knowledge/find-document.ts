import type { DocumentRow, DocumentStore } from '../../store/document-store.ts'
import type { Call } from '../command.ts'
import { printable } from '../printable.ts'
import { usageError } from '../usage-error.ts'

/** By its id or the beginning of it. Throws `cli.usage` when there is none, or more than one. */
export async function findDocument(
  { find }: Pick<DocumentStore, 'find'>,
  id: string,
  say: Call['say'],
): Promise<DocumentRow> {
  const found = /^[0-9a-f]{4,}$/.test(id) ? await find(id) : []
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  const shown = printable(id)
  throw usageError(
    found.length > 1
      ? say({ zh: `编号 ${shown} 不唯一，多写几位`, en: `more than one id begins with ${shown}: give more of it` })
      : say({
          zh: `没有文档 ${shown}，用 knowledge list 查看`,
          en: `there is no document ${shown}: see knowledge list`,
        }),
  )
}
