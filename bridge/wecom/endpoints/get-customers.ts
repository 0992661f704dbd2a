import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'
import { limitsOf } from '../limits.ts'

const path = 'kf/customer/batchget'
const limits = limitsOf(path)

export interface Customer {
  externalUserId: string
  nickname: string
  /** URL; '' when there is none. */
  avatar: string
  /** 0 unknown, 1 male, 2 female. */
  gender: number
  /** '' unless the corp has bound a WeChat open-platform account. */
  unionId: string
  /** By which link the customer came last; '' for what was not asked for or is not known. */
  scene: string
  sceneParam: string
}

export interface CustomerBatch {
  customers: Customer[]
  /** Unknown, or silent for more than 48 hours. */
  invalidIds: string[]
}

export interface CustomerQuery {
  externalUserIds: readonly string[]
  /** Whether to ask for scene and parameter of the last entry. */
  withEntry: boolean
}

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')

/** https://developer.work.weixin.qq.com/document/path/95159 */
export const getCustomers: Endpoint<CustomerQuery, CustomerBatch> = {
  path,
  method: 'POST',
  toBody: ({ externalUserIds, withEntry }) => ({
    external_userid_list: limits.items('external_userid_list', externalUserIds, { max: 100 }),
    need_enter_session_context: withEntry ? 1 : 0,
  }),
  optionalFor: () => '',
  response: z
    .looseObject({
      customer_list: z
        .array(
          z.looseObject({
            external_userid: z.string().min(1),
            nickname: text,
            avatar: text,
            gender: z.coerce.number().nullish(),
            unionid: text,
            enter_session_context: z.looseObject({ scene: text, scene_param: text }).nullish(),
          }),
        )
        .nullish(),
      invalid_external_userid: z.array(z.string()).nullish(),
    })
    .transform(({ customer_list, invalid_external_userid }) => ({
      customers: (customer_list ?? []).map((customer) => ({
        externalUserId: customer.external_userid,
        nickname: customer.nickname,
        avatar: customer.avatar,
        gender: customer.gender ?? 0,
        unionId: customer.unionid,
        scene: customer.enter_session_context?.scene ?? '',
        sceneParam: customer.enter_session_context?.scene_param ?? '',
      })),
      invalidIds: invalid_external_userid ?? [],
    })),
}
