/** What store/ says about a database or a backup that can't be used, for people: there it is English, as all that is logged. */
import type { AppError } from '../../shared/app-error.ts'
import type { Text } from './language.ts'

type Details = AppError['details']

const FILE_CODES: Readonly<Record<string, string>> = {
  ENOENT: '没有这个文件，或上级文件夹不存在',
  EACCES: '没有权限',
  EPERM: '没有权限',
  EROFS: '磁盘只读',
  EISDIR: '是文件夹，要写文件名',
  ENOTDIR: '上级不是文件夹',
  ENOSPC: '磁盘已满',
}

const FAULTS: Readonly<Record<string, (details: Details) => string | undefined>> = {
  'backup.file': ({ path, code = '' }) => `不能读写 ${path}：${FILE_CODES[`${code}`] ?? code}（${code}）`,
  'backup.damaged': ({ path }) =>
    path === undefined ? '备份里的一个文件与它的名字不符，备份已损坏' : `${path} 已损坏或不完整，什么都没有改动`,
  'backup.unknown': ({ path }) => `${path} 不是 kefu-edge 的备份，或者来自更新的版本`,
  'backup.counts': ({ table, found, wanted }) =>
    `${table} 写入后有 ${found} 行，应为 ${wanted} 行：没有完成，请再做一次`,
  // Of the database that is moved, the command says it itself.
  'database.in-use': ({ running }) =>
    running === undefined
      ? undefined
      : `目标数据库有 bridge 正在使用（${running}）：先停下它（刚被强制结束的，等 20 秒），再试`,
  'database.too-new': ({ schema, known }) => `数据的表结构是 ${schema}，这个程序只认得到 ${known}：请用更新的版本`,
  'database.moved': ({ to }) =>
    `这个数据库已搬到 ${to}：把 DATABASE_URL 或 DATA_DIR 改成新的（要搬回来：npm run kefu -- move --undo）`,
  'database.half-restored': () => '这个数据库没有恢复完：再做一次 restore 或 move',
  'database.no-identity': () => '这个数据库里没有 database_id：不是 kefu-edge 的',
  'database.missing': ({ path }) =>
    `这里没有数据库：${path}。请在 bridge 的目录里运行，或设置 DATA_DIR（SQLite）或 DATABASE_URL（PostgreSQL）。`,
}

/** Undefined for what is not from there. */
export function describeStoreFault({ code, message, details }: AppError): Text | undefined {
  const zh = FAULTS[code]?.(details)
  return zh === undefined ? undefined : { zh, en: message }
}
