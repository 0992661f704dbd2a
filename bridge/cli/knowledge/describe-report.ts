import type { SyncReport } from '../../knowledge/ingest/sync-source.ts'
import type { Call } from '../command.ts'
import { printable } from '../printable.ts'

const SHOWN_FAULTS = 20

/** What came of reading a source, each document that could not be read by its name. */
export function describeReport(
  uri: string,
  { added, changed, unchanged, removed, failed, error }: SyncReport & { error: string },
  say: Call['say'],
): string {
  const counts = say({
    zh: `新增 ${added}，更新 ${changed}，未变 ${unchanged}，移除 ${removed}，失败 ${failed.length}`,
    en: `${added} new, ${changed} changed, ${unchanged} unchanged, ${removed} removed, ${failed.length} failed`,
  })
  const none = added + changed + unchanged + failed.length === 0 && error === ''
  const faults = [
    ...(none ? [`  ${say({ zh: '里面没有可以读取的内容', en: 'there is nothing to read in it' })}`] : []),
    ...failed.slice(0, SHOWN_FAULTS).map((one) => `  ${printable(toName(one))}: ${printable(one.why)}`),
  ]
  const rest = failed.length > SHOWN_FAULTS ? [`  … +${failed.length - SHOWN_FAULTS}`] : []
  return [`${printable(uri)}: ${counts}`, ...(error === '' ? [] : [`  ${printable(error)}`]), ...faults, ...rest].join(
    '\n',
  )
}

/** One row of a table has its question for a name. */
function toName({ uri, title }: SyncReport['failed'][number]): string {
  const [file = '', row] = uri.split('#')
  return row === undefined || title === uri ? uri : `${file}「${title}」`
}
