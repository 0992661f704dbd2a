import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { AppError } from '../../../shared/app-error.ts'
import type { DatabaseSettings } from '../../config.ts'
import { createLogger } from '../../logger.ts'
import { isAlive } from '../../store/is-alive.ts'
import { createMetaStore } from '../../store/meta-store.ts'
import { fillDatabase } from '../../store/portable/fill-database.ts'
import { MOVED_TO } from '../../store/portable/marks.ts'
import { openSnapshot } from '../../store/portable/open-snapshot.ts'
import { prepareTarget } from '../../store/portable/prepare-target.ts'
import type { Call, Command, Output } from '../command.ts'
import { describeCounts } from '../describe-counts.ts'
import { textOption } from '../require-option.ts'
import { usageError } from '../usage-error.ts'

export const move: Command = {
  path: ['move'],
  about: {
    zh: '把数据库搬到另一种引擎（SQLite ⇄ PostgreSQL），先停下 bridge',
    en: 'move the database to the other engine (SQLite ⇄ PostgreSQL); end the bridges first',
  },
  options: {
    to: {
      type: 'string',
      value: 'URL|FOLDER',
      about: {
        zh: 'postgres://… 或 SQLite 的文件夹；从当前设置的数据库搬过去',
        en: 'postgres://… or a folder for SQLite; from the database of the settings',
      },
    },
    'to-file': {
      type: 'string',
      value: 'FILE',
      about: {
        zh: '从文件读 --to 的内容：命令行上的密码，本机别的用户看得到',
        en: 'read what --to is from a file: others on this machine see a password on a command line',
      },
    },
    force: { type: 'boolean', about: { zh: '替换目标里已有的数据', en: 'replace what is in the target' } },
    undo: {
      type: 'boolean',
      about: {
        zh: '搬走的旧库重新可用（目标那边不再使用时）',
        en: 'make the old one usable again, when the new one is not used',
      },
    },
  },
  async run(call) {
    if (call.options.undo === true) return undo(call)
    const { say, databaseSettings, progress, interruptible } = call
    const from = databaseSettings()
    const to = parseTarget(readTarget(call), call, from)
    const source = await openSnapshot({ ...from, host: hostname(), isAlive })
    try {
      const { header } = source
      if (header.isRunning) {
        const message = say({
          zh: '有 bridge 正在使用这个数据库，请先停下它（刚被强制结束的，等 20 秒）。',
          en: 'A bridge works on this database: end it first (one that was killed: wait 20 s).',
        })
        throw new AppError('database.in-use', message, { retryable: false })
      }
      const target = await prepareTarget({
        ...to,
        schema: header.schema,
        replace: call.options.force === true,
        log: createLogger({ level: 'silent', pretty: false }),
        host: hostname(),
        isAlive,
      })
      const { database } = target
      const { engine } = database
      const rows = header.tables.reduce((sum, table) => sum + table.rows, 0)
      const counts = describeCounts({ zh: '搬运', en: 'moving' }, rows)
      const meta = createMetaStore(await call.database())
      try {
        // Marked first: should this be killed midway, neither of the two starts, and the move can be made again.
        await meta.set(MOVED_TO, engine)
        await interruptible((signal) =>
          progress(
            counts.text,
            fillDatabase(database, source, { unsureUntil: undefined, onRows: counts.count, signal }),
          ),
        )
      } catch (error) {
        await meta.remove(MOVED_TO)
        await target.discard()
        throw error
      }
      try {
        const setting = engine === 'postgres' ? 'DATABASE_URL' : 'DATA_DIR'
        const text = say({
          zh: `已搬到 ${engine}：${rows} 行，行数核对无误。旧库已作标记，不会再被启动。请在 .env 里改 ${setting}${engine === 'sqlite' ? '，并去掉 DATABASE_URL' : ''}，然后启动。`,
          en: `Moved to ${engine}: ${rows} rows, the counts are right. The old database is marked, no bridge starts on it. Change ${setting} in .env${engine === 'sqlite' ? ', take DATABASE_URL out' : ''}, and start.`,
        })
        return { json: { engine, rows, databaseId: header.databaseId }, text }
      } finally {
        await target.database.close()
      }
    } finally {
      await source.close()
    }
  },
}

async function undo({ database, say }: Call): Promise<Output> {
  const meta = createMetaStore(await database())
  const wasMoved = (await meta.get(MOVED_TO)) !== undefined
  await meta.remove(MOVED_TO)
  const text = wasMoved
    ? say({
        zh: '旧库可以再用了。两边不要同时使用：它们有同一个编号。',
        en: 'The old database can be used again. Never use both: they carry the same id.',
      })
    : say({ zh: '这个数据库没有搬走过。', en: 'This database was not moved away.' })
  return { json: { undone: wasMoved }, text }
}

/** Throws `cli.usage`. */
function readTarget(call: Call): string | undefined {
  const [to, file] = [textOption('to', call), textOption('to-file', call)]
  if (file === undefined) return to
  if (to !== undefined)
    throw usageError(call.say({ zh: '--to 与 --to-file 只能用一个', en: '--to or --to-file, not both' }))
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    throw usageError(call.say({ zh: '--to-file 的文件读不了', en: 'the file of --to-file can not be read' }))
  }
}

/** Throws `cli.usage`. */
function parseTarget(to: string | undefined, call: Call, from: DatabaseSettings): DatabaseSettings {
  if (to === undefined || to === '') {
    throw usageError(
      call.say({ zh: '缺少 --to：postgres://… 或一个文件夹', en: '--to is missing: postgres://… or a folder' }),
    )
  }
  if (/^postgres(ql)?:\/\//.test(to)) {
    if (to === from.databaseUrl)
      throw usageError(call.say({ zh: '目标就是现在的数据库', en: 'the target is the database itself' }))
    return { databaseUrl: to, dataDir: from.dataDir }
  }
  if (to.includes('://')) {
    throw usageError(
      call.say({ zh: '--to 只能是 postgres://… 或一个文件夹', en: '--to must be postgres://… or a folder' }),
    )
  }
  if (from.databaseUrl === undefined && resolve(to) === resolve(from.dataDir)) {
    throw usageError(call.say({ zh: '目标就是现在的数据库', en: 'the target is the database itself' }))
  }
  return { databaseUrl: undefined, dataDir: to }
}
