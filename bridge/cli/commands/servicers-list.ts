import { listServicers, type Servicer } from '../../wecom/endpoints/list-servicers.ts'
import type { Command } from '../command.ts'
import { accountOption, findAccount } from '../find-account.ts'
import type { Text } from '../language.ts'
import { renderTable } from '../render-table.ts'

const STATES: Readonly<Record<NonNullable<Servicer['state']>, Text>> = {
  receiving: { zh: '接待中', en: 'receiving' },
  stopped: { zh: '停止接待', en: 'stopped' },
  suspended: { zh: '暂时挂起', en: 'suspended' },
}

export const servicersList: Command = {
  path: ['servicers', 'list'],
  about: { zh: '列出一个账号的接待人员', en: 'list the servicers of an account' },
  options: accountOption,
  async run(call) {
    const { say, progress } = call
    const platform = await call.platform()
    const openKfId = await findAccount(platform, call)
    const asked = platform.call(listServicers, { openKfId })
    const servicers = await progress({ zh: '读取接待人员', en: 'reading servicers' }, asked)
    const json = { openKfId, servicers }
    if (servicers.length === 0)
      return { json, text: say({ zh: '还没有接待人员。', en: 'There are no servicers yet.' }) }
    const head = [
      { zh: '接待人员', en: 'SERVICER' },
      { zh: '状态', en: 'STATE' },
    ].map(say)
    const rows = servicers.map(({ userId, departmentId, state }) => [
      userId ?? say({ zh: `部门 ${departmentId}`, en: `department ${departmentId}` }),
      state === undefined ? '' : say(STATES[state]),
    ])
    return { json, text: renderTable(head, rows) }
  },
}
