import { changeIntent } from '../../wecom/endpoints/change-intent.ts'
import type { Command } from '../command.ts'
import { intentOptions, parseSimilar, readAttachments } from '../intent-options.ts'
import { textOption } from '../require-option.ts'
import { usageError } from '../usage-error.ts'

export const knowledgeIntentsUpdate: Command = {
  path: ['kf-knowledge', 'intents', 'update'],
  about: {
    zh: '修改问答：问题、相似问法、回答，给出哪部分就整个替换哪部分',
    en: 'change a question: each part that is given replaces the old one whole',
  },
  operand: { name: 'INTENT', about: { zh: '问答', en: 'the question' }, isMany: false },
  options: {
    question: {
      type: 'string',
      value: 'TEXT',
      about: { zh: '问题，最多 200 个字', en: 'the question, 200 characters at most' },
    },
    ...intentOptions,
  },
  async run(command) {
    const { operands, say, progress } = command
    const [intentId = ''] = operands
    const [question, answer, similarQuestions] = [
      textOption('question', command),
      textOption('answer', command),
      parseSimilar(command),
    ]
    const hasAttachments = (['image', 'video', 'link'] as const).some((name) => textOption(name, command) !== undefined)
    if (hasAttachments && answer === undefined) {
      throw usageError(
        say({
          zh: '附件是回答的一部分，回答会整个替换：请一并给出 --answer',
          en: 'attachments are part of the answer, which is replaced whole: give --answer as well',
        }),
      )
    }
    if (question === undefined && answer === undefined && similarQuestions === undefined) {
      throw usageError(
        say({ zh: '请给出 --question、--similar 或 --answer', en: 'give --question, --similar or --answer' }),
      )
    }
    const platform = await command.platform()
    const change = async () => {
      const attachments = await readAttachments(command, platform)
      await platform.call(changeIntent, {
        intentId,
        ...(question === undefined ? {} : { question }),
        ...(similarQuestions === undefined ? {} : { similarQuestions }),
        ...(answer === undefined ? {} : { answer: { answer, attachments } }),
      })
    }
    await progress({ zh: '修改问答', en: 'changing the question' }, change())
    return { json: { intentId, updated: true }, text: say({ zh: '已修改', en: 'Changed' }) }
  },
}
