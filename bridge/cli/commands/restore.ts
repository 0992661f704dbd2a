import { hostname } from 'node:os'
import { AppError } from '../../../shared/app-error.ts'
import { createLogger } from '../../logger.ts'
import { isAlive } from '../../store/is-alive.ts'
import { openBackup } from '../../store/portable/backup-file.ts'
import { fillDatabase } from '../../store/portable/fill-database.ts'
import { mediaFolder, writeMediaFile } from '../../store/portable/media-files.ts'
import type { PortableHeader, PortableSource } from '../../store/portable/portable-source.ts'
import { prepareTarget } from '../../store/portable/prepare-target.ts'
import type { Call, Command } from '../command.ts'
import { describeCounts } from '../describe-counts.ts'
import { formatTime } from '../format-time.ts'
import { textOption } from '../require-option.ts'
import { usageError } from '../usage-error.ts'

export const restore: Command = {
  path: ['restore'],
  about: {
    zh: '把备份恢复到 DATA_DIR 或 DATABASE_URL 的数据库，SQLite 与 PostgreSQL 通用',
    en: 'put a backup into the database of DATA_DIR or DATABASE_URL, whichever engine it is from',
  },
  operand: { name: 'FILE', about: { zh: '备份文件', en: 'the backup' }, isMany: false },
  options: {
    force: {
      type: 'boolean',
      about: {
        zh: '替换已有的数据：SQLite 的旧文件会改名保留，PostgreSQL 的旧表会删除',
        en: "replace what is there: SQLite's file is kept under another name, PostgreSQL's tables are dropped",
      },
    },
    'stopped-at': {
      type: 'string',
      value: 'TIME',
      about: {
        zh: '旧 bridge 停下的时间，如 2026-11-22T08:30；默认为现在。此前的来信可能已答复过，留给人看',
        en: 'when the old bridge ended, e.g. 2026-11-22T08:30; now by default. What came before may have been answered and is left for people',
      },
    },
    'answer-again': {
      type: 'boolean',
      about: {
        zh: '备份之后的来信都再答一次，客户可能收到两遍',
        en: 'answer what came after the backup once more, though customers may get it twice',
      },
    },
  },
  async run(call) {
    const {
      operands: [path = ''],
      options,
      say,
      databaseSettings,
      progress,
      interruptible,
    } = call
    const unsureUntil = parseStoppedAt(call)
    const source = await openBackup(path)
    const { header } = source
    const rows = header.tables.reduce((sum, table) => sum + table.rows, 0)
    // All of it is read once before anything is changed: a damaged file must not cost a database.
    const checking = describeCounts({ zh: '检查', en: 'checking' }, rows)
    await progress(checking.text, readThrough(source.batches(), checking.count))
    const target = await prepareTarget({
      ...databaseSettings(),
      schema: header.schema,
      replace: options.force === true,
      log: createLogger({ level: 'silent', pretty: false }),
      host: hostname(),
      isAlive,
    }).catch((error: unknown) => {
      throw withHint(error, say)
    })
    const filling = describeCounts({ zh: '恢复', en: 'restoring' }, rows)
    const doubtUntil = isUnsure(header, unsureUntil) ? unsureUntil : undefined
    const fill = { unsureUntil: doubtUntil, onRows: filling.count }
    const { files, unsure } = await interruptible(async (signal) => {
      const media = restoreMedia(source, databaseSettings().dataDir, signal)
      const files = await progress({ zh: '恢复客户的文件', en: "restoring customers' files" }, media)
      return { ...(await progress(filling.text, fillDatabase(target.database, source, { ...fill, signal }))), files }
    }).catch(async (error: unknown) => {
      await target.discard()
      throw error
    })
    try {
      const { keptAs } = target
      const lines = [
        say({
          zh: `已恢复 ${rows} 行、${files} 个文件，${formatTime(header.at)} 的状态，行数核对无误。`,
          en: `Restored ${rows} rows and ${files} files as of ${formatTime(header.at)}; the counts are right.`,
        }),
        ...(keptAs === undefined ? [] : [say({ zh: `旧文件：${keptAs}`, en: `The old file: ${keptAs}` })]),
        ...(doubtUntil === undefined
          ? []
          : [
              say({
                zh: `备份时 bridge 在运行：${formatTime(doubtUntil)} 之前的来信可能已答复过，不再自动答复，留在 parked list 里（已有 ${unsure} 条）。`,
                en: `A bridge was running when the backup was made: what customers wrote until ${formatTime(doubtUntil)} may have been answered. It is not answered again but left in parked list (${unsure} so far).`,
              }),
            ]),
      ]
      const { engine, schema, databaseId, at } = header
      const json = {
        rows,
        files,
        engine,
        schema,
        databaseId,
        at,
        keptAs: keptAs ?? null,
        unsure,
        unsureUntil: doubtUntil ?? null,
      }
      return { json, text: lines.join('\n') }
    } finally {
      await target.database.close()
    }
  },
}

function parseStoppedAt(call: Call): number | undefined {
  if (call.options['answer-again'] === true) return undefined
  const text = textOption('stopped-at', call)
  if (text === undefined) return Date.now()
  const at = Date.parse(text)
  if (Number.isNaN(at)) {
    throw usageError(
      call.say({
        zh: '--stopped-at 要是时间，如 2026-11-22T08:30',
        en: '--stopped-at must be a time, e.g. 2026-11-22T08:30',
      }),
    )
  }
  return at
}

function isUnsure(header: PortableHeader, until: number | undefined): boolean {
  return header.isRunning && until !== undefined && until > header.at
}

async function readThrough(
  batches: AsyncIterable<{ rows: readonly unknown[] }>,
  count: (rows: number) => void,
): Promise<void> {
  let rows = 0
  for await (const batch of batches) {
    rows += batch.rows.length
    count(rows)
  }
}

async function restoreMedia(source: PortableSource, dataDir: string, signal: AbortSignal): Promise<number> {
  let files = 0
  for await (const file of source.media?.() ?? []) {
    signal.throwIfAborted()
    await writeMediaFile(mediaFolder(dataDir), file)
    files += 1
  }
  return files
}

function withHint(error: unknown, say: Call['say']): unknown {
  if (!(error instanceof AppError) || error.code !== 'database.not-empty') return error
  const message = say({
    zh: '这里的数据库不是空的。确实要替换请加 --force（先备份它）。',
    en: 'The database here is not empty. To replace it, add --force (and back it up before).',
  })
  return new AppError(error.code, message, { retryable: false })
}
