import { toStageText } from '../../../console/parked-words.ts'
import { createDueStore } from '../../../store/due-store.ts'
import { createHealthStore } from '../../../store/health-store.ts'
import { newestSchema } from '../../../store/migrate.ts'
import { createParkedStore } from '../../../store/parked-store.ts'
import { describeErrcode } from '../../../wecom/error-table.ts'
import { nameReason } from '../../describe-parked.ts'
import { LOOK_UP, PLATFORM_TODO } from '../../platform-todo.ts'
import { defineCheck, type Found } from '../check.ts'

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
    'platform-refuses': {
      level: 'warning',
      says: { zh: '平台拒绝了 {count} 件：{reason}', en: 'the platform refuses {count}: {reason}' },
      todo: {
        zh: '按错误码处理：{todo}。某一条的经过：npm run kefu -- trace MSGID',
        en: 'mend what the code says: {todo}. The story of one: npm run kefu -- trace MSGID',
      },
    },
    'answers-fail': {
      level: 'warning',
      says: {
        zh: '{count} 个会话一再得不到回答：{reason}',
        en: '{count} conversations fail to be answered again and again: {reason}',
      },
      todo: {
        zh: '看上面“模型”的结果；模型正常就看 bridge 的日志',
        en: 'see the line of the model above; if it is well, the log of the bridge',
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
      .map(({ stage, ms, ...rest }) => ({
        key: 'late' as const,
        values: { stage: toStageText(stage), ...rest, seconds: Math.round(ms / 1000) },
      }))
    const health = createHealthStore(database)
    const refused = (await health.platformFaults()).map(describeRefusal)
    const failing = (await health.answerFaults()).map(({ reason, count }) => ({
      key: 'answers-fail' as const,
      values: { count, reason: nameReason(reason) },
    }))
    const found = [
      ...late,
      ...refused,
      ...failing,
      ...(count > 0 ? [{ key: 'parked' as const, values: { count } }] : []),
    ]
    return found.length === 0 ? [{ key: 'ok' }] : found
  },
})

/** A reason is an error's code, with the platform's behind it if it was the platform's. */
function describeRefusal({ reason, count }: { reason: string; count: number }): Found<'platform-refuses'> {
  const errcode = Number(/ (-?\d+)$/.exec(reason)?.[1])
  if (Number.isNaN(errcode)) {
    return { key: 'platform-refuses', values: { count, reason: nameReason(reason), todo: LOOK_UP } }
  }
  const { meaning: zh, meaningEn: en } = describeErrcode(errcode)
  const named = { zh: `${errcode} ${zh}`, en: `${errcode}, ${en}` }
  return { key: 'platform-refuses', values: { count, reason: named, todo: PLATFORM_TODO[errcode] ?? LOOK_UP } }
}
