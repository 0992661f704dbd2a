import type { Command } from '../command.ts'
import { renderTable } from '../render-table.ts'

export const customersShow: Command = {
  path: ['customers', 'show'],
  about: { zh: '显示客户资料（48 小时内来过的）', en: 'show customers who came within 48 hours' },
  operand: { name: 'EXTERNAL_USERID', about: { zh: '客户', en: 'the customers' }, isMany: true },
  async run({ operands, say, platform, progress }) {
    const { wecom, signal } = await platform()
    const asked = wecom.getCustomers(operands, signal, true)
    const { customers, invalidIds } = await progress({ zh: '读取客户资料', en: 'reading customers' }, asked)
    const head = [
      { zh: '客户', en: 'CUSTOMER' },
      { zh: '昵称', en: 'NAME' },
      { zh: '性别', en: 'GENDER' },
      { zh: 'UNIONID', en: 'UNIONID' },
      { zh: '场景', en: 'SCENE' },
      { zh: '参数', en: 'PARAM' },
    ].map(say)
    const genders = [
      { zh: '未知', en: 'unknown' },
      { zh: '男', en: 'male' },
      { zh: '女', en: 'female' },
    ].map(say)
    const rows = customers.map((customer) => [
      customer.externalUserId,
      customer.nickname,
      genders[customer.gender] ?? '',
      customer.unionId,
      customer.scene,
      customer.sceneParam,
    ])
    const missing = say({
      zh: '查不到（不存在，或 48 小时内没来过）',
      en: 'Not to be had (unknown, or silent for 48 hours)',
    })
    const parts = [
      ...(rows.length > 0 ? [renderTable(head, rows)] : []),
      ...(invalidIds.length > 0 ? [`${missing}:\n${invalidIds.map((id) => `  ${id}`).join('\n')}`] : []),
    ]
    return { json: { customers, invalidIds }, text: parts.join('\n\n'), isFailure: invalidIds.length > 0 }
  },
}
