/**
 * What is worth waking somebody for, as a table: each rule looks at the facts and says what is wrong now. A rule whose facts are not known says
 * `unknown`, and what was open stays open.
 */
import type { Alert } from './alert.ts'
import type { AlertFacts } from './alert-facts.ts'

export interface AlertLimits {
  /** Age of the oldest message that waits for its answer, and of the oldest mail at the edge. */
  ageMs: number
  /** For what mends itself when it is short: a connection that is made again. */
  patienceMs: number
  /** Rows that are due, of one stage. */
  backlogRows: number
  diskFreeBytes: number
  diskFreeShare: number
}

export const ALERT_LIMITS = {
  backlogRows: 1000,
  diskFreeBytes: 500 * 1024 * 1024,
  diskFreeShare: 0.05,
} as const

export interface AlertRule {
  /** What its alerts' keys begin with. */
  name: string
  look: (facts: AlertFacts, limits: AlertLimits) => Alert[] | 'unknown'
}

const UNTRUSTED_ADDRESS = 60020
const WARN_SHARE = 0.8
const MICROS = 1_000_000

export const ALERT_RULES: readonly AlertRule[] = [
  {
    name: 'token-refused',
    look: ({ token }) => {
      if (token === undefined) return 'unknown'
      if (token === null || token.errcode === UNTRUSTED_ADDRESS) return []
      const { errcode, meaning } = token
      return [
        {
          key: 'token-refused',
          severity: 'critical',
          title: { zh: '平台拒绝了凭据', en: 'The platform refuses our credentials' },
          detail: { zh: `${errcode} ${meaning.zh}`, en: `${errcode} ${meaning.en}` },
          todo: {
            zh: '核对 WECHAT_CORP_ID 与 WECHAT_SECRET 属于同一企业、同一版本（独立版或企业微信版），改好后重启。npm run doctor 会逐项检查。',
            en: 'Check that WECHAT_CORP_ID and WECHAT_SECRET belong together and to the right mode, then restart. npm run doctor checks each.',
          },
          afterMs: 0,
        },
      ]
    },
  },
  {
    name: 'untrusted-address',
    look: ({ token, refusals }) => {
      if (token === undefined || refusals === undefined) return 'unknown'
      const isRefused =
        token?.errcode === UNTRUSTED_ADDRESS || refusals.some(({ errcode }) => errcode === UNTRUSTED_ADDRESS)
      if (!isRefused) return []
      const address = token?.address ?? ''
      return [
        {
          key: 'untrusted-address',
          severity: 'critical',
          title: { zh: '本机地址不在企业可信 IP 中', en: 'Our address is not a trusted IP' },
          detail: { zh: `60020 ${address}`.trim(), en: `60020 ${address}`.trim() },
          todo: {
            zh: '企业微信管理后台 → 应用管理 → 自建应用 → 企业可信IP，加入本机的出口地址；约 1 分钟生效，不用重启。',
            en: 'WeCom console → the app → trusted IPs (企业可信IP): add the outgoing address of this machine. It works within a minute, without a restart.',
          },
          afterMs: 0,
        },
      ]
    },
  },
  {
    name: 'platform-refuses',
    look: ({ refusals }, { patienceMs }) => {
      if (refusals === undefined) return 'unknown'
      return refusals
        .filter(({ errcode }) => errcode !== UNTRUSTED_ADDRESS)
        .map(({ errcode, count, meaning, todo }) => ({
          key: `platform-refuses:${errcode}`,
          severity: 'warning',
          title: { zh: '平台拒绝调用', en: 'The platform refuses calls' },
          detail: { zh: `${errcode} ${meaning.zh}（${count} 项在等）`, en: `${errcode} ${meaning.en} (${count} wait)` },
          todo: todo ?? {
            zh: '按错误码处理：docs/troubleshooting.zh-CN.md',
            en: 'See the code in docs/troubleshooting.md',
          },
          afterMs: patienceMs,
        }))
    },
  },
  {
    name: 'account-at-fault',
    look: ({ undelivered }) => {
      if (undelivered === undefined) return 'unknown'
      return undelivered.map(({ openKfId, failType, count, meaning }) => ({
        key: `account-at-fault:${failType}:${openKfId}`,
        severity: 'critical',
        title: { zh: '账号的消息送不到客户', en: 'An account reaches no customer' },
        detail: {
          zh: `${openKfId}：${meaning.zh}（fail_type ${failType}，一小时内 ${count} 条）`,
          en: `${openKfId}: ${meaning.en} (fail_type ${failType}, ${count} within the hour)`,
        },
        todo: {
          zh: '在企业微信管理后台处理该账号；npm run kefu -- parked list 列出没有送达的消息，处理后关闭即解除。',
          en: 'See to the account in the WeCom console; npm run kefu -- parked list shows what did not arrive, and with those closed this is over.',
        },
        afterMs: 0,
      }))
    },
  },
  {
    name: 'spend',
    look: ({ spend }) => {
      if (spend === undefined) return 'unknown'
      return spend.flatMap(({ openKfId, spentMicros, capMicros }): Alert[] => {
        if (spentMicros < capMicros * WARN_SHARE) return []
        const isOver = spentMicros >= capMicros
        const numbers = `${(spentMicros / MICROS).toFixed(2)} / ${(capMicros / MICROS).toFixed(2)}`
        return [
          {
            key: `spend:${isOver ? 'reached' : 'near'}:${openKfId}`,
            severity: isOver ? 'critical' : 'warning',
            title: isOver
              ? { zh: '今天的模型花费已到上限', en: "Today's spend has reached its limit" }
              : { zh: '今天的模型花费已过八成', en: "Today's spend is past 80 %" },
            detail: { zh: `${openKfId}：${numbers} 元`, en: `${openKfId}: ${numbers} CNY` },
            todo: {
              zh: '到上限后由知识库回答，次日恢复。调整：npm run kefu -- settings set limits.dailySpend 金额',
              en: 'Past it the knowledge base answers until the next day. To change it: npm run kefu -- settings set limits.dailySpend AMOUNT',
            },
            afterMs: 0,
          },
        ]
      })
    },
  },
  {
    name: 'spend-unknown',
    look: ({ spend }) => {
      if (spend === undefined) return 'unknown'
      return spend.flatMap(({ openKfId, unpricedModels }): Alert[] => {
        if (unpricedModels.length === 0) return []
        const models = unpricedModels.join(', ')
        return [
          {
            key: `spend-unknown:${openKfId}`,
            severity: 'warning',
            title: { zh: '花费上限没有算上全部调用', en: 'The daily limit does not count every call' },
            detail: {
              zh: `${openKfId}：不知道价格或用量：${models}`,
              en: `${openKfId}: price or amount unknown: ${models}`,
            },
            todo: {
              zh: `填上价格（元/百万 token）：npm run kefu -- settings set answer.prices '{"模型":{"input":1,"output":4}}'；明细：npm run kefu -- spend`,
              en: `Set the prices (yuan per million tokens): npm run kefu -- settings set answer.prices '{"MODEL":{"input":1,"output":4}}'; what was called: npm run kefu -- spend`,
            },
            afterMs: 0,
          },
        ]
      })
    },
  },
  {
    name: 'parked',
    look: ({ parked }) => {
      if (parked === undefined) return 'unknown'
      if (parked === 0) return []
      return [
        {
          key: 'parked',
          severity: 'warning',
          title: { zh: '有搁置的消息等人处理', en: 'Parked messages wait for a person' },
          detail: { zh: `${parked} 条`, en: `${parked}` },
          todo: {
            zh: 'npm run kefu -- parked list 查看，parked retry 重试或 parked drop 关闭。',
            en: 'npm run kefu -- parked list shows them; parked retry tries again, parked drop closes.',
          },
          afterMs: 0,
        },
      ]
    },
  },
  {
    name: 'unanswered',
    look: ({ backlog, now }, { ageMs }) => {
      if (backlog === undefined) return 'unknown'
      const oldest = Math.min(...backlog.filter(({ count }) => count > 0).map(({ oldestDue }) => oldestDue))
      if (!(now - oldest > ageMs)) return []
      const seconds = Math.round((now - oldest) / 1000)
      const stages = backlog.filter(({ count }) => count > 0).map(({ stage, count }) => `${stage} ${count}`)
      return [
        {
          key: 'unanswered',
          severity: 'critical',
          title: { zh: '有客户等待过久', en: 'A customer waits too long' },
          detail: { zh: `最久 ${seconds} 秒；${stages.join('，')}`, en: `${seconds} s; ${stages.join(', ')}` },
          todo: {
            zh: '看其他告警与 npm run doctor；某条消息卡在哪里：npm run kefu -- trace MSGID',
            en: 'See the other alerts and npm run doctor; where one message is: npm run kefu -- trace MSGID',
          },
          afterMs: 0,
        },
      ]
    },
  },
  {
    name: 'backlog',
    look: ({ backlog }, { backlogRows, patienceMs }) => {
      if (backlog === undefined) return 'unknown'
      return backlog
        .filter(({ count }) => count > backlogRows)
        .map(({ stage, count }) => ({
          key: `backlog:${stage}`,
          severity: 'warning',
          title: { zh: '待处理的太多', en: 'Too much is due' },
          detail: { zh: `${stage} ${count} 项`, en: `${stage} ${count}` },
          todo: {
            zh: '若持续，增加 bridge 进程（docs/scaling.zh-CN.md），或查模型是否变慢。',
            en: 'If it lasts, add bridge processes (docs/scaling.md), or see whether the model has become slow.',
          },
          afterMs: patienceMs,
        }))
    },
  },
  {
    name: 'edge',
    look: ({ edge }, { patienceMs }) => {
      if (edge === undefined) return 'unknown'
      if (edge?.connected === true) return []
      return [
        {
          key: edge === null ? 'edge:unreachable' : 'edge:disconnected',
          severity: 'critical',
          title:
            edge === null
              ? { zh: '边缘（Worker）不可达', en: 'The edge can not be reached' }
              : { zh: 'bridge 没有连上边缘', en: 'No bridge is connected to the edge' },
          detail: {
            zh: '回调暂存在信箱或由平台重试',
            en: 'callbacks wait in the mailbox, or the platform tries again',
          },
          todo: {
            zh: '检查 EDGE_URL、本机网络与 Cloudflare 状态；npm run doctor 会指出是哪一段。',
            en: "Check EDGE_URL, this machine's network and Cloudflare's status; npm run doctor says which link it is.",
          },
          afterMs: patienceMs,
        },
      ]
    },
  },
  {
    name: 'mailbox',
    look: ({ edge }, { ageMs }) => {
      if (edge === undefined || edge === null) return 'unknown'
      if (edge.oldestWaitingSeconds * 1000 <= ageMs) return []
      return [
        {
          key: 'mailbox',
          severity: 'critical',
          title: { zh: '边缘信箱无人接收', en: 'Mail waits at the edge' },
          detail: {
            zh: `${edge.pending} 项，最久 ${edge.oldestWaitingSeconds} 秒`,
            en: `${edge.pending}, the oldest for ${edge.oldestWaitingSeconds} s`,
          },
          todo: {
            zh: '看 bridge 的日志 relay.down；信箱属于另一个数据库时：npm run kefu -- relay take-over',
            en: "See relay.down in the bridge's log; when the mailbox belongs to another database: npm run kefu -- relay take-over",
          },
          afterMs: 0,
        },
      ]
    },
  },
  {
    name: 'bus',
    look: ({ bus }, { patienceMs }) => {
      if (bus === undefined) return 'unknown'
      if (bus.up) return []
      return [
        {
          key: 'bus',
          severity: 'critical',
          title: { zh: 'RabbitMQ 不可用', en: 'RabbitMQ is away' },
          detail: { zh: bus.reason ?? '', en: bus.reason ?? '' },
          todo: {
            zh: '检查 RabbitMQ 与 RABBITMQ_… 设置。恢复后自动续上，不丢消息。',
            en: 'Check RabbitMQ and the RABBITMQ_… settings. It goes on by itself when it is back, and nothing is lost.',
          },
          afterMs: patienceMs,
        },
      ]
    },
  },
  {
    name: 'disk',
    look: ({ disk }, { diskFreeBytes, diskFreeShare }) => {
      if (disk === undefined) return 'unknown'
      const { freeBytes, totalBytes } = disk
      if (freeBytes >= Math.min(diskFreeBytes, totalBytes * 0.5) && freeBytes >= totalBytes * diskFreeShare) return []
      const free = `${Math.round(freeBytes / 1024 / 1024)} MB`
      return [
        {
          key: 'disk',
          severity: 'critical',
          title: { zh: '磁盘快满了', en: 'The disk is nearly full' },
          detail: { zh: `剩 ${free}`, en: `${free} left` },
          todo: {
            zh: '清理磁盘，或缩短 RETENTION_DAYS。磁盘满时消息留在平台，不会丢，但不再答复。',
            en: 'Make room, or shorten RETENTION_DAYS. With a full disk nothing is lost, since messages stay with the platform, but nothing is answered.',
          },
          afterMs: 0,
        },
      ]
    },
  },
  {
    name: 'asr',
    look: ({ asr }) => {
      if (asr === undefined) return 'unknown'
      if (asr === null) return []
      return [
        {
          key: 'asr',
          severity: 'warning',
          title: { zh: '语音识别拒绝了凭据', en: 'Speech recognition refuses our account' },
          detail: {
            zh: `HTTP ${asr.status}；客户被请改发文字`,
            en: `HTTP ${asr.status}; customers are asked to write instead`,
          },
          todo: {
            zh: '核对 ASR_API_KEY、余额与 ASR_MODEL（只用 DeepSeek 时为 DEEPSEEK_API_KEY）；下一条语音听懂后解除。',
            en: 'Check ASR_API_KEY, the balance and ASR_MODEL (with DeepSeek alone: DEEPSEEK_API_KEY); over with the next voice that is understood.',
          },
          afterMs: 0,
        },
      ]
    },
  },
  {
    name: 'model',
    look: ({ model }, { patienceMs }) => {
      if (model === undefined) return 'unknown'
      // Nobody waits because all were given up: only an answer shows that it is over.
      if (model.waiting === 0) return model.answeredAt === undefined ? 'unknown' : []
      return [
        {
          key: 'model',
          severity: 'critical',
          title: { zh: '模型不可用', en: 'The model fails' },
          detail: {
            zh: `${model.reason}，${model.waiting} 位客户在等`,
            en: `${model.reason}, ${model.waiting} customers wait`,
          },
          todo: {
            zh: 'answer.account 是密钥或余额的问题，到供应商后台处理；其余多为供应商故障，可设 ANSWERER_FALLBACK。',
            en: "answer.account is the key or the balance: see the vendor's console. The rest is mostly the vendor's outage: an ANSWERER_FALLBACK helps.",
          },
          afterMs: patienceMs,
        },
      ]
    },
  },
]
