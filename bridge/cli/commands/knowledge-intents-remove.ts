import { removeIntent } from '../../wecom/endpoints/remove-intent.ts'
import type { Command } from '../command.ts'

export const knowledgeIntentsRemove: Command = {
  path: ['kf-knowledge', 'intents', 'remove'],
  about: { zh: '删除问答', en: 'remove a question' },
  operand: { name: 'INTENT', about: { zh: '问答', en: 'the question' }, isMany: false },
  async run({ operands: [intentId = ''], say, platform, progress }) {
    const { call } = await platform()
    await progress({ zh: '删除问答', en: 'removing the question' }, call(removeIntent, { intentId }))
    return { json: { intentId, removed: true }, text: say({ zh: '已删除', en: 'Removed' }) }
  },
}
