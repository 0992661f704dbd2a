import { updateAccount } from '../../wecom/endpoints/update-account.ts'
import type { Command } from '../command.ts'
import { readMediaFile } from '../read-media-file.ts'
import { textOption } from '../require-option.ts'
import { usageError } from '../usage-error.ts'

export const accountsUpdate: Command = {
  path: ['accounts', 'update'],
  about: { zh: '修改名称或头像', en: 'change its name or picture' },
  operand: { name: 'OPEN_KFID', about: { zh: '客服账号', en: 'the account' }, isMany: false },
  options: {
    name: {
      type: 'string',
      value: 'NAME',
      about: { zh: '新名称，最多 16 个字', en: 'the new name, 16 characters at most' },
    },
    avatar: { type: 'string', value: 'FILE', about: { zh: '头像，JPG 或 PNG', en: 'its picture, JPG or PNG' } },
  },
  async run(call) {
    const { operands, say, platform, progress } = call
    const [openKfId = ''] = operands
    const [name, path] = [textOption('name', call), textOption('avatar', call)]
    if (name === undefined && path === undefined) {
      throw usageError(say({ zh: '请给出 --name 或 --avatar', en: 'give --name or --avatar' }))
    }
    const avatar = path === undefined ? undefined : await readMediaFile(path, say)
    const { wecom, signal, call: ask } = await platform()
    const update = async () => {
      const mediaId = avatar === undefined ? undefined : await wecom.uploadMedia('image', avatar, signal)
      await ask(updateAccount, {
        openKfId,
        ...(name === undefined ? {} : { name }),
        ...(mediaId === undefined ? {} : { mediaId }),
      })
    }
    await progress({ zh: '修改客服账号', en: 'changing the account' }, update())
    return { json: { openKfId, updated: true }, text: say({ zh: '已修改', en: 'Changed' }) }
  },
}
