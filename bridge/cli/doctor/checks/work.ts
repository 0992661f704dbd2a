import { createDueStore } from '../../../store/due-store.ts'
import { newestSchema } from '../../../store/migrate.ts'
import { createParkedStore } from '../../../store/parked-store.ts'
import { defineCheck } from '../check.ts'

const LATE_MS = 60_000

export const work = defineCheck({
  name: 'work',
  about: { zh: '待办的消息', en: 'messages at hand' },
  deadlineMs: 15_000,
  findings: {
    ok: { level: 'ok', says: { zh: '没有积压，没有搁置', en: 'nothing waits, nothing is parked' } },
    unknown: {
      level: 'skipped',
      says: { zh: '没有检查：数据库还不能用', en: 'not looked at: there is no usable database yet' },
    },
    late: {
      level: 'warning',
      says: {
        zh: '{stage} 有 {count} 件待办，最久 {seconds} 秒',
        en: '{count} wait for {stage}, the oldest for {seconds} s',
      },
      todo: {
        zh: '启动 bridge；在运行的话看它的日志，多半是平台或模型不通',
        en: 'start the bridge; if it runs, see its log: platform or model, most likely',
      },
    },
    parked: {
      level: 'warning',
      says: { zh: '搁置 {count} 件，等人处理', en: '{count} parked, for a person to look at' },
      todo: { zh: '运行 npm run kefu -- parked list', en: 'run npm run kefu -- parked list' },
    },
  },
  async run({ openedDatabase }) {
    const opened = await openedDatabase()
    if (opened.kind !== 'open' || opened.schema !== newestSchema()) return [{ key: 'unknown' }]
    const { database } = opened
    const backlog = await createDueStore(database, { againMs: 0 }).backlog()
    const count = await createParkedStore(database).countOpen()
    const late = backlog
      .map(({ stage, count: waiting, oldestDue }) => ({
        stage,
        count: waiting,
        ms: oldestDue === 0 ? 0 : database.now() - oldestDue,
      }))
      .filter(({ ms }) => ms > LATE_MS)
      .map(({ ms, ...rest }) => ({ key: 'late' as const, values: { ...rest, seconds: Math.round(ms / 1000) } }))
    const found = [...late, ...(count > 0 ? [{ key: 'parked' as const, values: { count } }] : [])]
    return found.length === 0 ? [{ key: 'ok' }] : found
  },
})
