/** What the platform refused, for a person: the code with its meaning, what to do, and the hint that Tencent's support asks for. */
import type { AppError } from '../../shared/app-error.ts'
import { describeErrcode, type ErrorAction } from '../wecom/error-table.ts'
import type { Call } from './command.ts'
import { formatTime } from './format-time.ts'
import type { Text } from './language.ts'
import { LOOK_UP, PLATFORM_TODO } from './platform-todo.ts'

interface Fault {
  code: string
  message: string
  details: object
}

const TODO_BY_ACTION: Readonly<Record<ErrorAction, Text>> = {
  retry: { zh: '稍后再试', en: 'try again in a moment' },
  'refresh-token': {
    zh: '再试一次；仍不行请核对 WECHAT_SECRET',
    en: 'try once more; if it stays, check WECHAT_SECRET',
  },
  wait: { zh: '调用太频繁，等一分钟再试', en: 'too many calls: wait a minute' },
  drop: { zh: '这次内容平台不收，请按原因修改', en: 'the platform will not take this: change it as the reason says' },
  'hand-over': { zh: '现在不能用接口联系该客户', en: 'the customer can not be reached by the API now' },
  'read-state': {
    zh: '会话正由人工接待、在排队或已结束，请在企业微信中查看',
    en: 'a person has the session, it queues, or it has ended: look at it in WeCom',
  },
  'pull-without-token': { zh: '不带 token 再拉取', en: 'pull again without the token' },
  'upload-again': { zh: '重新上传素材', en: 'upload the media again' },
  split: { zh: '缩短内容，或分几条发', en: 'shorten it, or send it in parts' },
  'other-servicer': { zh: '换一位正在接待的人员', en: 'choose a servicer who is receiving' },
  'accepted-before': { zh: '平台已收过这条消息', en: 'the platform has had this message before' },
  alert: { zh: '在管理后台核对设置', en: 'check the settings in the admin console' },
  bug: { zh: '核对参数', en: 'check what was passed' },
  unknown: LOOK_UP,
}

const UNREACHABLE: Readonly<Record<string, Text>> = {
  network: { zh: '网络不通或连接中断', en: 'no connection, or it was cut' },
  deadline: { zh: '等待超时', en: 'no answer in time' },
  status: { zh: 'HTTP 状态异常，可能是代理或网关', en: 'an HTTP error, from a proxy perhaps' },
  'not-json': { zh: '返回的不是 JSON', en: 'what came back is no JSON' },
  shape: { zh: '返回的内容与文档不符', en: 'what came back is not as documented' },
  'too-large': { zh: '返回的内容过大', en: 'what came back is too large' },
}

/** Of a `wecom.…` error. What our own checks refused has the code `cli.limit`: it is a matter of usage. */
export function describePlatformFault(error: AppError, say: Call['say']): Fault {
  const { details } = error
  if (error.code === 'wecom.unreachable') {
    const reason = UNREACHABLE[String(details.reason)]
    const message = say({
      zh: `没能从平台得到回应（${details.endpoint}）：${reason?.zh ?? details.reason}。不确定是否已执行，请先查看再重试。`,
      en: `no usable answer from the platform (${details.endpoint}): ${reason?.en ?? details.reason}. Whether it was carried out is unknown: look before you repeat it.`,
    })
    return { code: error.code, message, details }
  }
  const errcode = Number(details.errcode)
  const { meaning, meaningEn, action } = describeErrcode(errcode)
  const todo = say(PLATFORM_TODO[errcode] ?? TODO_BY_ACTION[action])
  const shown = { ...details, meaning: say({ zh: meaning, en: meaningEn }), todo }
  if (details.field !== undefined) return { code: 'cli.limit', message: describeLimit(error, say), details: shown }
  const address = details.address === undefined ? [] : [describeAddress(String(details.address), say)]
  const lines = [
    error.code === 'wecom.token'
      ? say({
          zh: `拿不到 access_token：${errcode} ${meaning}`,
          en: `no access token can be had: ${errcode}, ${meaningEn}`,
        })
      : say({
          zh: `平台拒绝了 ${details.endpoint}：${errcode} ${meaning}`,
          en: `the platform refused ${details.endpoint}: ${errcode}, ${meaningEn}`,
        }),
    say({ zh: `怎么办：${todo}`, en: `What to do: ${todo}` }),
    ...address,
    ...describeHold(details, say),
    ...(details.hint
      ? [say({ zh: `提示号（联系腾讯客服用）：${details.hint}`, en: `Hint for Tencent's support: ${details.hint}` })]
      : []),
  ]
  return { code: error.code, message: lines.join('\n'), details: shown }
}

/** As the platform sees it, which behind a NAT nobody here knows. */
function describeAddress(address: string, say: Call['say']): string {
  return say({ zh: `平台看到的本机 IP：${address}`, en: `This machine's address, as the platform sees it: ${address}` })
}

function describeHold({ rememberedAt, retryAfterMs }: AppError['details'], say: Call['say']): string[] {
  const minutes = Math.ceil(Number(retryAfterMs) / 60_000)
  if (rememberedAt !== undefined) {
    const at = formatTime(Number(rememberedAt))
    return [
      say({
        zh: `平台于 ${at} 拒绝过，${minutes} 分钟内不再尝试；已在后台改好？npm run kefu -- access clear 后立即再试`,
        en: `It was refused at ${at} and is not tried for another ${minutes} min. Mended in the console? Run npm run kefu -- access clear and try at once`,
      }),
    ]
  }
  if (retryAfterMs === undefined) return []
  return [say({ zh: `${minutes} 分钟内不再尝试`, en: `Not tried again for ${minutes} min` })]
}

/** Rules of fields, as the client words them. */
const RULES: Readonly<Record<string, string>> = {
  'is given': '不能缺少',
  'has more than blanks': '不能只有空白',
  'is given, or department_id_list is': '成员与部门至少给一个',
  'is given where scene_param is': '有 scene_param 时必须有 scene',
  'is given with state 3': '转人工时必须指定接待人员',
  'is between 1 and 100': '应为 1 到 100',
  'is between 1 and 1000': '应为 1 到 1000',
  'is between -90 and 90': '应在 -90 到 90 之间',
  'is between -180 and 180': '应在 -180 到 180 之间',
  'is not before start_time': '不能早于开始日期',
  'is less than 31 days after start_time': '与开始日期最多相隔 31 天',
  'begins with http:// or https://': '应以 http:// 或 https:// 开头',
  'ends in .html before its query': '路径应以 .html 结尾（其后可带参数）',
  'has only letters, digits, _ and -': '只能用字母、数字、_ 和 -',
  'is a JPG or PNG image': '图片只能是 JPG 或 PNG',
  'is an AMR recording': '语音只能是 AMR',
  'is an MP4 video': '视频只能是 MP4',
}

const UNITS: Readonly<Record<string, Text>> = {
  bytes: { zh: '字节', en: 'bytes' },
  characters: { zh: '个字符', en: 'characters' },
  items: { zh: '项', en: 'items' },
  seconds: { zh: '秒', en: 'seconds' },
}

function describeLimit({ details, message }: AppError, say: Call['say']): string {
  const { field, found, limit, unit, rule } = details
  if (rule !== undefined)
    return say({ zh: `${field}：${RULES[String(rule)] ?? rule}`, en: `${field} must be one that ${rule}` })
  const units = UNITS[String(unit)]
  if (units === undefined) return message
  const isOver = Number(found) > Number(limit)
  return say({
    zh: `${field} 有 ${found} ${units.zh}，${isOver ? '最多' : '至少'} ${limit} ${units.zh}`,
    en: `${field} has ${found} ${units.en}, allowed are ${isOver ? 'at most' : 'at least'} ${limit}`,
  })
}
