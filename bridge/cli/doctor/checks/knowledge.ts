import { newestSchema } from '../../../store/migrate.ts'
import { defineCheck } from '../check.ts'

export const knowledge = defineCheck({
  name: 'knowledge',
  about: { zh: '知识库', en: 'knowledge' },
  deadlineMs: 10_000,
  findings: {
    ok: { level: 'ok', says: { zh: '{count} 份资料', en: '{count} documents' } },
    unknown: {
      level: 'skipped',
      says: { zh: '没有检查：数据库还不能用', en: 'not looked at: there is no usable database yet' },
    },
    empty: {
      level: 'warning',
      says: {
        zh: '是空的：回答没有依据，问题都转人工',
        en: 'is empty: there is nothing to answer from, and every question goes to a person',
      },
      todo: {
        zh: '运行 npm run kefu -- knowledge add 文件夹、文件或网址；试用可以加 docs/examples/shop',
        en: 'run npm run kefu -- knowledge add with a folder, file or address; docs/examples/shop is one to try',
      },
    },
    failed: {
      level: 'warning',
      says: { zh: '{count} 份资料没能读入', en: '{count} documents could not be read' },
      todo: {
        zh: '运行 npm run kefu -- knowledge list，里面写着原因',
        en: 'run npm run kefu -- knowledge list, which says why',
      },
    },
  },
  async run({ openedDatabase }) {
    const opened = await openedDatabase()
    if (opened.kind !== 'open' || opened.schema !== newestSchema()) return [{ key: 'unknown' }]
    const rows = await opened.database.all<{ state: string; count: number }>(
      'select state, count(*) as count from document group by state',
    )
    const countOf = (state: string) => rows.find((row) => row.state === state)?.count ?? 0
    const [ready, failed] = [countOf('ready'), countOf('failed')]
    return [
      ready > 0 ? { key: 'ok', values: { count: ready } } : { key: 'empty' },
      ...(failed > 0 ? [{ key: 'failed' as const, values: { count: failed } }] : []),
    ]
  },
})
