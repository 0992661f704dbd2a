import { type CorpStatisticName, getCorpStatistics } from '../../wecom/endpoints/get-corp-statistics.ts'
import { getServicerStatistics, type ServicerStatisticName } from '../../wecom/endpoints/get-servicer-statistics.ts'
import type { StatisticDay } from '../../wecom/endpoints/statistic-days.ts'
import type { Call, Command } from '../command.ts'
import { accountOption, findAccount } from '../find-account.ts'
import type { Text } from '../language.ts'
import type { Platform } from '../open-platform.ts'
import { renderChart } from '../render-chart.ts'
import { renderTable } from '../render-table.ts'
import { textOption } from '../require-option.ts'
import { formatDay, type Period, parsePeriod, periodOptions, splitPeriod } from '../statistic-period.ts'

type Name = CorpStatisticName | ServicerStatisticName
type Days = StatisticDay<Name>[]

/** In the order of the table. `isRate`: a share of 1, shown in percent. */
const COLUMNS: readonly { name: Name; title: Text; isRate?: boolean }[] = [
  { name: 'sessions', title: { zh: '会话', en: 'SESSIONS' } },
  { name: 'customers', title: { zh: '客户', en: 'CUSTOMERS' } },
  { name: 'customerMessages', title: { zh: '消息', en: 'MESSAGES' } },
  { name: 'aiReplies', title: { zh: '智能回复会话', en: 'BY AI' } },
  { name: 'aiTransferRate', title: { zh: '转人工', en: 'TO PEOPLE' }, isRate: true },
  { name: 'replyRate', title: { zh: '回复率', en: 'REPLIED' }, isRate: true },
  { name: 'firstReplySeconds', title: { zh: '首次回复（秒）', en: 'FIRST REPLY (S)' } },
  { name: 'satisfiedRate', title: { zh: '满意', en: 'SATISFIED' }, isRate: true },
  { name: 'upgradedCustomers', title: { zh: '升级服务', en: 'UPGRADED' } },
  { name: 'blockedCustomers', title: { zh: '被拒收', en: 'BLOCKED' } },
]

export const stats: Command = {
  path: ['stats'],
  about: { zh: '客服数据统计', en: 'what happened, day by day' },
  options: {
    ...accountOption,
    ...periodOptions,
    servicers: { type: 'boolean', about: { zh: '接待人员的数据', en: 'what the servicers did' } },
    servicer: { type: 'string', value: 'USERID', about: { zh: '某一位接待人员的数据', en: 'what one servicer did' } },
  },
  async run(call) {
    const { options, say, progress } = call
    const platform = await call.platform()
    const period = parsePeriod(call, platform.database.now())
    const days = await progress({ zh: '读取统计', en: 'reading statistics' }, readDays(call, platform, period))
    const json = {
      from: formatDay(period.from),
      to: formatDay(period.to),
      account: options.account ?? null,
      days: days.map(toJson),
    }
    return { json, text: `${toTable(days, say)}\n\n${toChart(days, say)}` }
  },
}

async function readDays(call: Call, platform: Platform, period: Period): Promise<Days> {
  const accounts = await findAccounts(call, platform)
  const servicerUserId = textOption('servicer', call)
  const isOfServicers = call.options.servicers === true || servicerUserId !== undefined
  const byAccount: Days[] = []
  for (const openKfId of accounts) {
    const days: Days = []
    for (const piece of splitPeriod(period)) {
      const asked = { openKfId, ...piece }
      days.push(
        ...(isOfServicers
          ? await platform.call(getServicerStatistics, { ...asked, servicerUserId })
          : await platform.call(getCorpStatistics, asked)),
      )
    }
    byAccount.push(days)
  }
  const [only] = byAccount
  return byAccount.length === 1 && only !== undefined ? only : addUp(byAccount.flat())
}

async function findAccounts(call: Call, platform: Platform): Promise<string[]> {
  if (call.options.account !== undefined) return [await findAccount(platform, call)]
  const ids = await platform.wecom.listAccountIds(platform.signal)
  return ids.length > 0 ? ids : [await findAccount(platform, call)]
}

/** Of several accounts: numbers are summed; a rate or an average has no sum. */
function addUp(days: Days): Days {
  const sums = new Map<number, Partial<Record<Name, number>>>()
  for (const { day, values } of days) {
    const sum = sums.get(day) ?? {}
    for (const [name, value] of Object.entries(values) as [Name, number][]) {
      if (!name.endsWith('Rate') && name !== 'firstReplySeconds') sum[name] = (sum[name] ?? 0) + value
    }
    sums.set(day, sum)
  }
  return [...sums].sort(([a], [b]) => a - b).map(([day, values]) => ({ day, values }))
}

function toTable(days: Days, say: Call['say']): string {
  const columns = COLUMNS.filter(({ name }) => days.some(({ values }) => values[name] !== undefined))
  const head = [say({ zh: '日期', en: 'DAY' }), ...columns.map(({ title }) => say(title))]
  const toCell = (value: number | undefined, isRate = false) => {
    if (value === undefined) return '-'
    return isRate ? `${Math.round(value * 1000) / 10}%` : `${Math.round(value * 10) / 10}`
  }
  const rows = days.map(({ day, values }) => [
    formatDay(day),
    ...columns.map(({ name, isRate }) => toCell(values[name], isRate)),
  ])
  return renderTable(head, rows)
}

function toChart(days: Days, say: Call['say']): string {
  const bars = days.map(({ day, values }) => ({ label: formatDay(day).slice(5), value: values.customerMessages ?? 0 }))
  return renderChart(say({ zh: '客户消息', en: 'Customer messages' }), bars)
}

function toJson({ day, values }: Days[number]): object {
  return { day: formatDay(day), ...values }
}
