import type { Endpoint } from '../endpoint.ts'
import { limitsOf } from '../limits.ts'
import { type StatisticDay, type StatisticRequest, statisticDays, toStatisticBody } from './statistic-days.ts'

const path = 'kf/get_corp_statistic'
const limits = limitsOf(path)

const names = {
  sessions: 'session_cnt',
  customers: 'customer_cnt',
  customerMessages: 'customer_msg_cnt',
  upgradedCustomers: 'upgrade_service_customer_cnt',
  aiReplies: 'ai_session_reply_cnt',
  aiTransferRate: 'ai_transfer_rate',
  aiKnowledgeHitRate: 'ai_knowledge_hit_rate',
  blockedCustomers: 'msg_rejected_customer_cnt',
} as const

export type CorpStatisticName = keyof typeof names

/** https://developer.work.weixin.qq.com/document/path/95489. Rates are shares of 1. */
export const getCorpStatistics: Endpoint<StatisticRequest, StatisticDay<CorpStatisticName>[]> = {
  path,
  method: 'POST',
  toBody: (request) => toStatisticBody(limits, request),
  optionalFor: ({ openKfId }) => openKfId,
  response: statisticDays(names),
}
