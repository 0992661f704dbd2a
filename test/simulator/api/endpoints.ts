/**
 * Every JSON call of the Customer Service API by its path under /cgi-bin: what carries it out, by which methods, and in which
 * mode it is not documented.
 */
import type { Switches } from '../switches.ts'
import { addAccount, deleteAccount, listAccounts, updateAccount } from './accounts.ts'
import { getApiAddresses, getCallbackAddresses } from './addresses.ts'
import type { ApiHandler } from './api-call.ts'
import { addContactWay } from './contact-way.ts'
import { getCustomers } from './customers.ts'
import { addGroup, deleteGroup, listGroups, modifyGroup } from './knowledge-groups.ts'
import { addIntent, deleteIntent, listIntents, modifyIntent } from './knowledge-intents.ts'
import { recallMsg } from './recall-msg.ts'
import { sendMsg } from './send-msg.ts'
import { sendMsgOnEvent } from './send-msg-on-event.ts'
import { getServiceState, transServiceState } from './service-state.ts'
import { addServicers, deleteServicers, listServicers } from './servicers.ts'
import { getCorpStatistic, getServicerStatistic } from './statistics.ts'
import { syncMsg } from './sync-msg.ts'
import { cancelUpgradeService, getUpgradeConfig, upgradeService } from './upgrade-service.ts'

export interface EndpointRule {
  handler: ApiHandler
  /** Default: POST. */
  methods?: readonly string[]
  lackedBy?: Switches['mode']
}

const GET = { methods: ['GET'] }
const NOT_NATIVE = { lackedBy: 'native' } as const

export const ENDPOINTS: Readonly<Record<string, EndpointRule>> = {
  getcallbackip: { handler: getCallbackAddresses, ...GET },
  get_api_domain_ip: { handler: getApiAddresses, ...GET },

  'kf/sync_msg': { handler: syncMsg },
  'kf/send_msg': { handler: sendMsg },
  'kf/send_msg_on_event': { handler: sendMsgOnEvent },
  'kf/recall_msg': { handler: recallMsg, lackedBy: 'wecom' },

  // Documented as POST; older libraries use GET without a body, and that works.
  'kf/account/list': { handler: listAccounts, methods: ['POST', 'GET'] },
  'kf/account/add': { handler: addAccount },
  'kf/account/del': { handler: deleteAccount },
  'kf/account/update': { handler: updateAccount },
  'kf/add_contact_way': { handler: addContactWay },

  'kf/servicer/add': { handler: addServicers, ...NOT_NATIVE },
  'kf/servicer/del': { handler: deleteServicers, ...NOT_NATIVE },
  'kf/servicer/list': { handler: listServicers, ...GET, ...NOT_NATIVE },
  'kf/service_state/get': { handler: getServiceState, ...NOT_NATIVE },
  'kf/service_state/trans': { handler: transServiceState, ...NOT_NATIVE },

  'kf/customer/batchget': { handler: getCustomers },
  'kf/customer/get_upgrade_service_config': { handler: getUpgradeConfig, ...GET, ...NOT_NATIVE },
  'kf/customer/upgrade_service': { handler: upgradeService, ...NOT_NATIVE },
  'kf/customer/cancel_upgrade_service': { handler: cancelUpgradeService, ...NOT_NATIVE },

  'kf/get_corp_statistic': { handler: getCorpStatistic, ...NOT_NATIVE },
  'kf/get_servicer_statistic': { handler: getServicerStatistic, ...NOT_NATIVE },
  // No longer in the index of the documentation; old libraries still call it.
  'kf/get_corp_qualification': { handler: () => ({ wechat_channels_binding: true }), ...GET, ...NOT_NATIVE },

  'kf/knowledge/add_group': { handler: addGroup, ...NOT_NATIVE },
  'kf/knowledge/del_group': { handler: deleteGroup, ...NOT_NATIVE },
  'kf/knowledge/mod_group': { handler: modifyGroup, ...NOT_NATIVE },
  'kf/knowledge/list_group': { handler: listGroups, ...NOT_NATIVE },
  'kf/knowledge/add_intent': { handler: addIntent, ...NOT_NATIVE },
  'kf/knowledge/mod_intent': { handler: modifyIntent, ...NOT_NATIVE },
  'kf/knowledge/del_intent': { handler: deleteIntent, ...NOT_NATIVE },
  'kf/knowledge/list_intent': { handler: listIntents, ...NOT_NATIVE },
}
