import { addIntent } from '../../wecom/endpoints/add-intent.ts'
import type { Command } from '../command.ts'
import { intentOptions, parseSimilar, readAttachments } from '../intent-options.ts'
import { requireOption } from '../require-option.ts'

export const knowledgeIntentsAdd: Command = {
  path: ['kf-knowledge', 'intents', 'add'],
  about: { zh: '添加问答', en: 'add a question with its answer' },
  operand: {
    name: 'QUESTION',
    about: { zh: '问题，最多 200 个字', en: 'the question, 200 characters at most' },
    isMany: false,
  },
  options: {
    group: { type: 'string', value: 'GROUP', about: { zh: '分组', en: 'the group' } },
    ...intentOptions,
  },
  async run(command) {
    const { operands, say, progress } = command
    const [question = ''] = operands
    const [groupId, answer] = [requireOption('group', command), requireOption('answer', command)]
    const platform = await command.platform()
    const add = async () => {
      const attachments = await readAttachments(command, platform)
      const similarQuestions = parseSimilar(command) ?? []
      return platform.call(addIntent, { groupId, question, similarQuestions, answer, attachments })
    }
    const intentId = await progress({ zh: '添加问答', en: 'adding the question' }, add())
    return { json: { intentId, groupId }, text: say({ zh: `已添加：${intentId}`, en: `Added: ${intentId}` }) }
  },
}
