import { renameKnowledgeGroup } from '../../wecom/endpoints/rename-knowledge-group.ts'
import type { Command } from '../command.ts'

export const knowledgeGroupsRename: Command = {
  path: ['kf-knowledge', 'groups', 'rename'],
  about: { zh: '给分组改名（默认分组不能改）', en: 'rename a group, but not the default one' },
  operand: {
    name: 'GROUP NAME',
    about: { zh: '分组，新名称', en: 'the group, its new name' },
    isMany: true,
    min: 2,
    max: 2,
  },
  async run({ operands: [groupId = '', name = ''], say, platform, progress }) {
    const { call } = await platform()
    await progress({ zh: '修改分组', en: 'renaming the group' }, call(renameKnowledgeGroup, { groupId, name }))
    return { json: { groupId, name }, text: say({ zh: '已改名', en: 'Renamed' }) }
  },
}
