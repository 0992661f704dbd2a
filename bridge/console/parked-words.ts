/** What stages and the reasons of what was given up are called by people, on the page and on the command line. */
import type { Text } from './alerts/alert.ts'

const STAGES: Readonly<Record<string, Text>> = {
  fetch: { zh: '拉取', en: 'fetch' },
  parse: { zh: '读取内容', en: 'parse' },
  reply: { zh: '回答', en: 'reply' },
  send: { zh: '发送', en: 'send' },
  needs_person: { zh: '需要人工', en: 'needs a person' },
}

const REASONS: Readonly<Record<string, Text>> = {
  'too-old': { zh: '来信超过 48 小时', en: 'older than 48 h' },
  restored: { zh: '从备份恢复，可能已答复过', en: 'restored from a backup, may have been answered' },
  unreadable: { zh: '读不了内容（语音、视频等）', en: 'could not be read (a voice, a film)' },
  'no-customer': { zh: '来信没有客户标识', en: 'names no customer' },
  no_answer: { zh: '没有可靠的答案', en: 'no reliable answer' },
  'asked-for-person': { zh: '客户要求人工，当时无人可接', en: 'asked for a person, and nobody was there' },
  'no-answer': { zh: '没有可靠的答案，当时无人可接', en: 'no reliable answer, and nobody was there' },
  outage: { zh: '模型不可用，当时无人可接', en: 'no model answered, and nobody was there' },
  hand_over: { zh: '应转人工', en: 'to be handed over' },
  'ended-short': { zh: '回答只发出了开头', en: 'only the beginning of the answer went out' },
  screened: { zh: '回答含有不可外发的内容', en: 'the answer held what must not go out' },
  secret: { zh: '回答泄露了系统提示', en: 'the answer gave away its instructions' },
  unexpected: { zh: '程序出错，见日志', en: 'the program failed, see its log' },
  'answer.account': { zh: '模型的账号或设置有误', en: "the model's account or settings are wrong" },
  'answer.refused': { zh: '模型拒绝了请求', en: 'the model refused the request' },
  'answer.sensitive': { zh: '模型的内容审核没有通过', en: "the model's content filter refused" },
  'answer.unavailable': { zh: '模型没有回应', en: 'the model gave no answer' },
  'wecom.unreachable': { zh: '连不上微信平台', en: 'the platform can not be reached' },
  'relay.other-database': { zh: '信箱属于另一个数据库的 bridge', en: 'the mailbox is of a bridge on another database' },
  'relay.connecting': { zh: '正在连接边缘', en: 'the edge is being connected to' },
  'wecom.service-state': { zh: '问不到会话状态', en: 'the state of the session is not known' },
  'parse.busy': { zh: '正在读取的太多', en: 'too much is being read' },
  'parse.turn': { zh: '排队等待读取', en: 'waits for its turn to be read' },
  'asr.unavailable': { zh: '语音识别没有回应', en: 'speech recognition gave no answer' },
  'media.disk': { zh: '磁盘写不进', en: 'the disk takes nothing' },
  quota: { zh: '超出每次来信五条的额度', en: 'over the quota of five' },
  expired: { zh: '过了有效期', en: 'too late' },
  stopped: { zh: '进程停下', en: 'the process ended' },
  menu: { zh: '客户点选菜单', en: 'chosen from a menu' },
  dissatisfied: { zh: '客户多次不满意', en: 'the customer is not satisfied' },
  stale: { zh: '客户等得太久', en: 'the customer has waited too long' },
  sensitive: { zh: '来信含敏感词', en: 'sensitive words in the message' },
  'sensitive-answer': { zh: '回答含敏感词', en: 'sensitive words in the answer' },
  model: { zh: '模型认为应转人工', en: 'the model wants a person' },
  idle: { zh: '客户久未说话', en: 'the customer was silent' },
  'servicer-taken': { zh: '接待人员接入', en: 'a servicer took it' },
  'servicer-transferred': { zh: '接待人员转接', en: 'a servicer passed it on' },
  'servicer-ended': { zh: '接待人员结束', en: 'a servicer ended it' },
  'wecom.token': { zh: '取不到平台凭证', en: 'no access token' },
}

export function toStageText(stage: string): Text {
  return STAGES[stage] ?? { zh: stage, en: stage }
}

/** Why a conversation changed hands; what is also a reason to give up says less here: somebody has it. */
const CAUSES: Readonly<Record<string, Text>> = {
  'asked-for-person': { zh: '客户要求人工', en: 'asked for a person' },
  'no-answer': { zh: '没有可靠的答案', en: 'no reliable answer' },
  outage: { zh: '模型不可用', en: 'no model answered' },
  'found-with-person': { zh: '平台显示人工在接待', en: 'the platform says a person has it' },
  'person-gone': { zh: '平台显示人工已离开', en: 'the platform says the person is gone' },
  'servicer-reopened': { zh: '接待人员重新打开', en: 'a servicer re-opened it' },
}

interface Meaning {
  meaning: string
  meaningEn: string
}

/** The platform's own tables. */
export interface PlatformMeanings {
  meaningOf: (errcode: number) => Meaning
  /** The same of a `fail_type`. */
  failMeaningOf: (failType: number) => Meaning
}

export function toCauseText(cause: string): Text {
  return CAUSES[cause] ?? REASONS[cause] ?? { zh: cause, en: cause }
}

/** A reason that has no name here is shown as it is: it is an error's code. */
export function toReasonText(reason: string, { meaningOf, failMeaningOf }: PlatformMeanings): Text {
  const [, errcode] = /^wecom\.refused (-?\d+)$/.exec(reason) ?? []
  if (errcode !== undefined) {
    const { meaning, meaningEn } = meaningOf(Number(errcode))
    return { zh: `平台拒绝：${errcode} ${meaning}`, en: `the platform refused: ${errcode} ${meaningEn}` }
  }
  const [, failType] = /^fail_type (\d+)$/.exec(reason) ?? []
  if (failType !== undefined) {
    const { meaning, meaningEn } = failMeaningOf(Number(failType))
    return { zh: `平台没有送达：${meaning}`, en: `not delivered: ${meaningEn} (fail_type ${failType})` }
  }
  return REASONS[reason] ?? { zh: reason, en: reason }
}
