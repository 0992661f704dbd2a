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
  'wecom.token': { zh: '取不到平台凭证', en: 'no access token' },
}

export function toStageText(stage: string): Text {
  return STAGES[stage] ?? { zh: stage, en: stage }
}

/** A reason that has no name here is shown as it is: it is an error's code. */
export function toReasonText(reason: string): Text {
  return REASONS[reason] ?? { zh: reason, en: reason }
}
