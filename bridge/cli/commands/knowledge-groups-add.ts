import { addKnowledgeGroup } from '../../wecom/endpoints/add-knowledge-group.ts'
import type { Command } from '../command.ts'

export const knowledgeGroupsAdd: Command = {
  path: ['kf-knowledge', 'groups', 'add'],
  about: { zh: '添加分组', en: 'add a group' },
  operand: {
    name: 'NAME',
    about: { zh: '名称，最多 12 个字，不能重复', en: 'its name, 12 characters at most' },
    isMany: false,
  },
  async run({ operands: [name = ''], say, platform, progress }) {
    const { call } = await platform()
    const groupId = await progress({ zh: '添加分组', en: 'adding the group' }, call(addKnowledgeGroup, { name }))
    return { json: { groupId, name }, text: say({ zh: `已添加：${groupId}`, en: `Added: ${groupId}` }) }
  },
}
