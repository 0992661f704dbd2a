import { removeKnowledgeGroup } from '../../wecom/endpoints/remove-knowledge-group.ts'
import type { Command } from '../command.ts'

export const knowledgeGroupsRemove: Command = {
  path: ['kf-knowledge', 'groups', 'remove'],
  about: { zh: '删除分组（默认分组不能删）', en: 'remove a group, but not the default one' },
  operand: { name: 'GROUP', about: { zh: '分组', en: 'the group' }, isMany: false },
  async run({ operands: [groupId = ''], say, platform, progress }) {
    const { call } = await platform()
    await progress({ zh: '删除分组', en: 'removing the group' }, call(removeKnowledgeGroup, { groupId }))
    return { json: { groupId, removed: true }, text: say({ zh: '已删除', en: 'Removed' }) }
  },
}
