import { addAccount } from '../../wecom/endpoints/add-account.ts'
import type { Command } from '../command.ts'
import { readMediaFile } from '../read-media-file.ts'
import { requireOption } from '../require-option.ts'

export const accountsAdd: Command = {
  path: ['accounts', 'add'],
  about: { zh: '添加客服账号', en: 'add an account' },
  operand: { name: 'NAME', about: { zh: '名称，最多 16 个字', en: 'its name, 16 characters at most' }, isMany: false },
  options: {
    avatar: { type: 'string', value: 'FILE', about: { zh: '头像，JPG 或 PNG', en: 'its picture, JPG or PNG' } },
  },
  async run(call) {
    const { operands, say, platform, progress } = call
    const [name = ''] = operands
    const avatar = await readMediaFile(requireOption('avatar', call), say)
    const { wecom, signal, call: ask } = await platform()
    const add = async () => ask(addAccount, { name, mediaId: await wecom.uploadMedia('image', avatar, signal) })
    const openKfId = await progress({ zh: '添加客服账号', en: 'adding the account' }, add())
    return { json: { openKfId, name }, text: say({ zh: `已添加：${openKfId}`, en: `Added: ${openKfId}` }) }
  },
}
