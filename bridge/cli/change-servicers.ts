/** Adds or removes servicers, a hundred members at a time. Each has a verdict of its own; one that is refused stops no other. */
import type { Endpoint } from '../wecom/endpoint.ts'
import type { ServicerChange, ServicerChangeResult } from '../wecom/endpoints/servicer-change.ts'
import { describeErrcode } from '../wecom/error-table.ts'
import type { Call, Operand, Output } from './command.ts'
import { accountOption, findAccount } from './find-account.ts'
import type { Text } from './language.ts'
import { renderTable } from './render-table.ts'
import { textOption } from './require-option.ts'
import { usageError } from './usage-error.ts'

export const servicerOperand: Operand = {
  name: 'USERID',
  about: { zh: '成员 userid', en: 'userids of members' },
  isMany: true,
  min: 0,
}

export const servicerOptions = {
  ...accountOption,
  department: {
    type: 'string',
    value: 'ID,ID',
    about: { zh: '整个部门，用逗号隔开', en: 'whole departments, with commas between' },
  },
} as const

const perCall = 100

export async function changeServicers(
  call: Call,
  endpoint: Endpoint<ServicerChange, ServicerChangeResult[]>,
  { doing, done }: { doing: Text; done: Text },
): Promise<Output> {
  const { operands: userIds, say, progress } = call
  const departmentIds = parseDepartments(textOption('department', call), say)
  if (userIds.length + departmentIds.length === 0) {
    throw usageError(say({ zh: '请给出 userid，或 --department', en: 'give userids, or --department' }))
  }
  const platform = await call.platform()
  const openKfId = await findAccount(platform, call)
  const change = async () => {
    const results = departmentIds.length > 0 ? await platform.call(endpoint, { openKfId, departmentIds }) : []
    for (let no = 0; no < userIds.length; no += perCall) {
      results.push(...(await platform.call(endpoint, { openKfId, userIds: userIds.slice(no, no + perCall) })))
    }
    return results
  }
  const results = await progress(doing, change())
  const rows = results.map(({ userId, departmentId, errcode }) => [
    userId ?? say({ zh: `部门 ${departmentId}`, en: `department ${departmentId}` }),
    errcode === 0 ? say(done) : describe(errcode, say),
  ])
  const head = [say({ zh: '接待人员', en: 'SERVICER' }), say({ zh: '结果', en: 'RESULT' })]
  return {
    json: { openKfId, results },
    text: renderTable(head, rows),
    isFailure: results.some(({ errcode }) => errcode !== 0),
  }
}

function describe(errcode: number, say: Call['say']): string {
  const { meaning, meaningEn } = describeErrcode(errcode)
  return `${errcode} ${say({ zh: meaning, en: meaningEn })}`
}

function parseDepartments(text: string | undefined, say: Call['say']): number[] {
  if (text === undefined) return []
  const ids = text.split(',').map((id) => id.trim())
  if (!ids.every((id) => /^\d{1,15}$/.test(id))) {
    throw usageError(say({ zh: '--department 要是部门 ID，如 2,3', en: '--department takes department ids, as 2,3' }))
  }
  return ids.map(Number)
}
