import type { Command } from '../command.ts'
import { renderTable } from '../render-table.ts'

export const accountsList: Command = {
  path: ['accounts', 'list'],
  about: { zh: '列出客服账号', en: 'list the accounts' },
  async run({ say, platform, progress }) {
    const { wecom, signal } = await platform()
    const accounts = await progress({ zh: '读取客服账号', en: 'reading accounts' }, wecom.listAccounts(signal))
    const json = { accounts }
    if (accounts.length === 0) return { json, text: say({ zh: '还没有客服账号。', en: 'There is no account yet.' }) }
    const head = [
      { zh: 'OPEN_KFID', en: 'OPEN_KFID' },
      { zh: '名称', en: 'NAME' },
      { zh: '可由本应用接待', en: 'SERVED BY THIS APP' },
    ].map(say)
    const [yes, no] = [say({ zh: '是', en: 'yes' }), say({ zh: '否', en: 'no' })]
    return {
      json,
      text: renderTable(
        head,
        accounts.map(({ openKfId, name, mayUse }) => [openKfId, name, mayUse ? yes : no]),
      ),
    }
  },
}
