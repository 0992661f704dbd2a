import { listIntents } from '../../wecom/endpoints/list-intents.ts'
import type { Command } from '../command.ts'
import { readPages } from '../read-pages.ts'
import { renderTable } from '../render-table.ts'
import { textOption } from '../require-option.ts'

const SHOWN = 40

export const knowledgeIntentsList: Command = {
  path: ['kf-knowledge', 'intents', 'list'],
  about: { zh: '列出知识库问答', en: 'list the questions with their answers' },
  options: {
    group: { type: 'string', value: 'GROUP', about: { zh: '只看一个分组', en: 'of one group only' } },
    intent: { type: 'string', value: 'INTENT', about: { zh: '只看一个问答', en: 'one question only' } },
  },
  async run(command) {
    const { say, platform, progress } = command
    const [groupId, intentId] = [textOption('group', command), textOption('intent', command)]
    const { call } = await platform()
    const asked = readPages((cursor) => call(listIntents, { cursor, groupId, intentId }))
    const intents = await progress({ zh: '读取问答', en: 'reading questions' }, asked)
    const json = { intents }
    if (intents.length === 0) return { json, text: say({ zh: '还没有问答。', en: 'There are no questions yet.' }) }
    const head = [
      { zh: '问答', en: 'INTENT' },
      { zh: '分组', en: 'GROUP' },
      { zh: '问题', en: 'QUESTION' },
      { zh: '相似问法', en: 'OTHER WAYS' },
      { zh: '回答', en: 'ANSWER' },
    ].map(say)
    const rows = intents.map((intent) => [
      intent.intentId,
      intent.groupId,
      cut(intent.question),
      `${intent.similarQuestions.length}`,
      cut(
        intent.answers
          .map(({ text, attachments }) => [text, ...attachments.map(({ type }) => `[${type}]`)].join(' '))
          .join(' '),
      ),
    ])
    return { json, text: renderTable(head, rows) }
  },
}

/** The whole of it is in the JSON. */
function cut(text: string): string {
  const characters = Array.from(text)
  return characters.length <= SHOWN ? text : `${characters.slice(0, SHOWN).join('')}…`
}
