import { listKnowledgeGroups } from '../../wecom/endpoints/list-knowledge-groups.ts'
import type { Command } from '../command.ts'
import { readPages } from '../read-pages.ts'
import { renderTable } from '../render-table.ts'

export const knowledgeGroupsList: Command = {
  path: ['kf-knowledge', 'groups', 'list'],
  about: { zh: '列出知识库分组', en: 'list the groups' },
  async run({ say, platform, progress }) {
    const { call } = await platform()
    const asked = readPages((cursor) => call(listKnowledgeGroups, { cursor }))
    const groups = await progress({ zh: '读取分组', en: 'reading groups' }, asked)
    const head = [say({ zh: '分组', en: 'GROUP' }), say({ zh: '名称', en: 'NAME' }), '']
    const isDefault = say({ zh: '默认', en: 'default' })
    const rows = groups.map((group) => [group.groupId, group.name, group.isDefault ? isDefault : ''])
    return { json: { groups }, text: renderTable(head, rows) }
  },
}
