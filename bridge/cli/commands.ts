/** Every command, in the order of the help. */
import type { Command } from './command.ts'
import { accessClear } from './commands/access-clear.ts'
import { accessList } from './commands/access-list.ts'
import { accountsAdd } from './commands/accounts-add.ts'
import { accountsList } from './commands/accounts-list.ts'
import { accountsRemove } from './commands/accounts-remove.ts'
import { accountsUpdate } from './commands/accounts-update.ts'
import { alertsList } from './commands/alerts-list.ts'
import { backup } from './commands/backup.ts'
import { customersShow } from './commands/customers-show.ts'
import { deploy } from './commands/deploy.ts'
import { deskList } from './commands/desk-list.ts'
import { doctor } from './commands/doctor.ts'
import { download } from './commands/download.ts'
import { exportCustomer } from './commands/export-customer.ts'
import { forget } from './commands/forget.ts'
import { knowledgeAdd } from './commands/knowledge-add.ts'
import { knowledgeBases } from './commands/knowledge-bases.ts'
import { knowledgeEval } from './commands/knowledge-eval.ts'
import { knowledgeExport } from './commands/knowledge-export.ts'
import { knowledgeGroupsAdd } from './commands/knowledge-groups-add.ts'
import { knowledgeGroupsList } from './commands/knowledge-groups-list.ts'
import { knowledgeGroupsRemove } from './commands/knowledge-groups-remove.ts'
import { knowledgeGroupsRename } from './commands/knowledge-groups-rename.ts'
import { knowledgeIntentsAdd } from './commands/knowledge-intents-add.ts'
import { knowledgeIntentsList } from './commands/knowledge-intents-list.ts'
import { knowledgeIntentsRemove } from './commands/knowledge-intents-remove.ts'
import { knowledgeIntentsUpdate } from './commands/knowledge-intents-update.ts'
import { knowledgeList } from './commands/knowledge-list.ts'
import { knowledgeRemove } from './commands/knowledge-remove.ts'
import { knowledgeSearch } from './commands/knowledge-search.ts'
import { knowledgeShow } from './commands/knowledge-show.ts'
import { knowledgeSync } from './commands/knowledge-sync.ts'
import { link } from './commands/link.ts'
import { menusCheck } from './commands/menus-check.ts'
import { move } from './commands/move.ts'
import { parkedDrop } from './commands/parked-drop.ts'
import { parkedList } from './commands/parked-list.ts'
import { parkedRetry } from './commands/parked-retry.ts'
import { parkedShow } from './commands/parked-show.ts'
import { ratingsList } from './commands/ratings-list.ts'
import { raw } from './commands/raw.ts'
import { relayTakeOver } from './commands/relay-take-over.ts'
import { restore } from './commands/restore.ts'
import { sendAcquisitionLink } from './commands/send-acquisition-link.ts'
import { sendCard } from './commands/send-card.ts'
import { sendLink } from './commands/send-link.ts'
import { sendLocation } from './commands/send-location.ts'
import { sendMedia } from './commands/send-media.ts'
import { sendMenu } from './commands/send-menu.ts'
import { sendMiniprogram } from './commands/send-miniprogram.ts'
import { sendRecall } from './commands/send-recall.ts'
import { sendText } from './commands/send-text.ts'
import { servicersAdd } from './commands/servicers-add.ts'
import { servicersList } from './commands/servicers-list.ts'
import { servicersRemove } from './commands/servicers-remove.ts'
import { settingsExport } from './commands/settings-export.ts'
import { settingsGet } from './commands/settings-get.ts'
import { settingsImport } from './commands/settings-import.ts'
import { settingsList } from './commands/settings-list.ts'
import { settingsSet } from './commands/settings-set.ts'
import { settingsUnset } from './commands/settings-unset.ts'
import { setup } from './commands/setup.ts'
import { spend } from './commands/spend.ts'
import { stats } from './commands/stats.ts'
import { trace } from './commands/trace.ts'
import { upload } from './commands/upload.ts'
import type { Text } from './language.ts'

export const COMMANDS: readonly Command[] = [
  setup,
  deploy,
  doctor,
  parkedList,
  parkedShow,
  parkedRetry,
  parkedDrop,
  trace,
  alertsList,
  spend,
  settingsList,
  settingsGet,
  settingsSet,
  settingsUnset,
  settingsExport,
  settingsImport,
  relayTakeOver,
  backup,
  restore,
  move,
  accountsList,
  accountsAdd,
  accountsUpdate,
  accountsRemove,
  servicersList,
  servicersAdd,
  servicersRemove,
  link,
  sendText,
  ...sendMedia,
  sendLink,
  sendMiniprogram,
  sendMenu,
  sendLocation,
  sendAcquisitionLink,
  sendCard,
  sendRecall,
  upload,
  download,
  customersShow,
  exportCustomer,
  forget,
  deskList,
  ratingsList,
  menusCheck,
  stats,
  knowledgeAdd,
  knowledgeList,
  knowledgeShow,
  knowledgeRemove,
  knowledgeSync,
  knowledgeSearch,
  knowledgeExport,
  knowledgeEval,
  ...knowledgeBases,
  knowledgeGroupsList,
  knowledgeGroupsAdd,
  knowledgeGroupsRename,
  knowledgeGroupsRemove,
  knowledgeIntentsList,
  knowledgeIntentsAdd,
  knowledgeIntentsUpdate,
  knowledgeIntentsRemove,
  accessList,
  accessClear,
  raw,
]

/** What the commands with the same first word have in common. */
export const GROUPS: Readonly<Record<string, Text>> = {
  parked: {
    zh: '没能自动处理、留给人看的消息。',
    en: 'What could not be dealt with by itself and is left for people to look at.',
  },
  settings: {
    zh: '不用重启就能改的设置：所有账号共用，或每个账号各自的。',
    en: 'What can be changed while everything runs: for all accounts, or for each.',
  },
  accounts: { zh: '客服账号。', en: 'The accounts that customers write to.' },
  servicers: { zh: '接待人员。', en: 'Who answers for an account in WeCom.' },
  send: {
    zh: '发消息给客户。客户每次发言后 48 小时内最多 5 条，与自动回复合计。',
    en: 'Sends to a customer: five messages within 48 hours of each of theirs, together with the replies.',
  },
  desk: { zh: '会话在谁手里：转人工、接入、结束。', en: 'In whose hands conversations are.' },
  ratings: { zh: '客户对服务的评价。', en: 'What customers think of the service.' },
  menus: { zh: '快捷回复菜单文件。', en: 'The files of quick-reply menus.' },
  customers: { zh: '客户资料。', en: 'What is known of customers.' },
  knowledge: {
    zh: '回答所依据的知识库：文件、问答表、网页。用法见 docs/knowledge.zh-CN.md。',
    en: 'What answers rest on: files, tables of questions, web pages. See docs/knowledge.md.',
  },
  'kf-knowledge': {
    zh: '微信客服自带机器人的知识库（不是本程序的知识库）。',
    en: "The knowledge base of the platform's own bot, not of this program.",
  },
  access: {
    zh: '平台提供哪些接口：独立版与企业微信版不同，被拒绝的一小时内不再尝试。',
    en: 'Which APIs the platform offers: its two modes differ. What was refused is not tried for an hour.',
  },
  alerts: { zh: '告警。', en: 'What a person has to look at.' },
  relay: { zh: '与边缘（Cloudflare Worker）的连接。', en: 'The connection to the edge, the Cloudflare Worker.' },
}

export const PROGRAM: Text = { zh: 'kefu-edge 命令行', en: 'The command line of kefu-edge' }
