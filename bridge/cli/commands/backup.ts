import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { AppError } from '../../../shared/app-error.ts'
import { isAlive } from '../../store/is-alive.ts'
import { writeBackup } from '../../store/portable/backup-file.ts'
import { mediaFolder, readMediaFiles } from '../../store/portable/media-files.ts'
import { openSnapshot } from '../../store/portable/open-snapshot.ts'
import type { Command } from '../command.ts'
import { describeCounts } from '../describe-counts.ts'
import { formatTime } from '../format-time.ts'

export const backup: Command = {
  path: ['backup'],
  about: {
    zh: '备份数据库到一个文件，bridge 可以照常运行',
    en: 'write the database to one file, while the bridge goes on',
  },
  operand: {
    name: 'FILE',
    about: { zh: '新文件，如 kefu.backup.gz', en: 'a new file, e.g. kefu.backup.gz' },
    isMany: false,
  },
  options: {
    force: { type: 'boolean', about: { zh: '覆盖已有的文件', en: 'replace the file if it is there' } },
    media: {
      type: 'boolean',
      about: {
        zh: '连同客户发来的图片和文件（DATA_DIR/media）',
        en: 'with the pictures and files that customers sent (DATA_DIR/media)',
      },
    },
  },
  async run({ operands: [path = ''], options, say, databaseSettings, progress, interruptible }) {
    if (existsSync(path) && options.force !== true) {
      const message = say({ zh: `${path} 已存在；覆盖请加 --force`, en: `${path} is there; add --force to replace it` })
      throw new AppError('cli.file-exists', message, { retryable: false })
    }
    const source = await openSnapshot({ ...databaseSettings(), host: hostname(), isAlive })
    try {
      const { header } = source
      const rows = header.tables.reduce((sum, table) => sum + table.rows, 0)
      const counts = describeCounts({ zh: '备份', en: 'writing' }, rows)
      const media = options.media === true ? readMediaFiles(mediaFolder(databaseSettings().dataDir)) : undefined
      const files = await interruptible((signal) =>
        progress(counts.text, writeBackup(source, path, { onRows: counts.count, media, signal })),
      )
      const { size } = await stat(path)
      const tables = Object.fromEntries(header.tables.map((table) => [table.name, table.rows]))
      const text = say({
        zh: `已备份到 ${path}：${rows} 行，${files} 个文件，${size} 字节，${formatTime(header.at)} 的状态。\n文件里有客户的消息，请妥善保管。恢复：npm run kefu -- restore ${path}`,
        en: `Written to ${path}: ${rows} rows, ${files} files, ${size} bytes, as of ${formatTime(header.at)}.\nIt holds customers' words: keep it safe. To restore: npm run kefu -- restore ${path}`,
      })
      const { at, databaseId, engine, schema, isRunning } = header
      return { json: { path, bytes: size, rows, files, at, databaseId, engine, schema, isRunning, tables }, text }
    } finally {
      await source.close()
    }
  },
}
