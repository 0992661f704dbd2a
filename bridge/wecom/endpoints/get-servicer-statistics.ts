import type { Endpoint } from '../endpoint.ts'
import { limitsOf } from '../limits.ts'
import { type StatisticDay, type StatisticRequest, statisticDays, toStatisticBody } from './statistic-days.ts'

const path = 'kf/get_servicer_statistic'
const limits = limitsOf(path)

const names = {
  sessions: 'session_cnt',
  customers: 'customer_cnt',
  customerMessages: 'customer_msg_cnt',
  replyRate: 'reply_rate',
  firstReplySeconds: 'first_reply_average_sec',
  // The platform's spelling.
  surveys: 'satisfaction_investgate_cnt',
  surveyRate: 'satisfaction_participation_rate',
  satisfiedRate: 'satisfied_rate',
  middlingRate: 'middling_rate',
  dissatisfiedRate: 'dissatisfied_rate',
  upgradedCustomers: 'upgrade_service_customer_cnt',
  memberInvitations: 'upgrade_service_member_invite_cnt',
  memberCustomers: 'upgrade_service_member_customer_cnt',
  groupChatInvitations: 'upgrade_service_groupchat_invite_cnt',
  groupChatCustomers: 'upgrade_service_groupchat_customer_cnt',
  blockedCustomers: 'msg_rejected_customer_cnt',
} as const

export type ServicerStatisticName = keyof typeof names

/** https://developer.work.weixin.qq.com/document/path/95490. Of all servicers together when none is named. */
export const getServicerStatistics: Endpoint<
  StatisticRequest & { servicerUserId?: string | undefined },
  StatisticDay<ServicerStatisticName>[]
> = {
  path,
  method: 'POST',
  toBody: ({ servicerUserId, ...request }) => ({
    ...toStatisticBody(limits, request),
    servicer_userid: servicerUserId,
  }),
  optionalFor: ({ openKfId }) => openKfId,
  response: statisticDays(names),
}
