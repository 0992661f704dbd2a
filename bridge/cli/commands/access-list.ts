import { accessHoldMs } from '../../wecom/access-memory.ts'
import { describeErrcode } from '../../wecom/error-table.ts'
import type { Command } from '../command.ts'
import { formatTime } from '../format-time.ts'
import { renderTable } from '../render-table.ts'

export const accessList: Command = {
  path: ['access', 'list'],
  about: { zh: '哪些接口可用，哪些被平台拒绝', en: 'which APIs answer and which the platform refuses' },
  async run({ say, platform }) {
    const { wecom } = await platform()
    const known = await wecom.access.list()
    const entries = known.map(({ endpoint, account, errcode, at }) => ({
      endpoint,
      account,
      errcode,
      at,
      ...(errcode === 0 ? {} : { retryAt: at + accessHoldMs }),
    }))
    const json = { entries }
    if (entries.length === 0) {
      const text = say({
        zh: '还没有记录：接口第一次调用后才知道。',
        en: 'Nothing is known yet: an API shows at its first call.',
      })
      return { json, text }
    }
    const head = [
      { zh: '接口', en: 'API' },
      { zh: '账号', en: 'ACCOUNT' },
      { zh: '结果', en: 'RESULT' },
      { zh: '再试时间', en: 'TRIED AGAIN' },
    ].map(say)
    const rows = entries.map(({ endpoint, account, errcode, retryAt }) => {
      const { meaning, meaningEn } = describeErrcode(errcode)
      const result =
        errcode === 0 ? say({ zh: '可用', en: 'answers' }) : `${errcode} ${say({ zh: meaning, en: meaningEn })}`
      return [endpoint, account, result, retryAt === undefined ? '' : formatTime(retryAt)]
    })
    return { json, text: renderTable(head, rows) }
  },
}
