import { createParkedRetry, type RetryRefusal } from '../../store/parked-retry.ts'
import { createParkedStore } from '../../store/parked-store.ts'
import type { Command } from '../command.ts'
import type { Text } from '../language.ts'
import { settleParked } from '../settle-parked.ts'

const REFUSALS: Readonly<Record<RetryRefusal, Text>> = {
  'window-closed': {
    zh: '客户上次来信已超过 48 小时，平台不收。等客户再来信，或由人工联系；不需要了就 parked drop',
    en: 'the customer last wrote more than 48 h ago and the platform takes nothing. Wait until they write again, or reach them another way; parked drop closes the entry',
  },
  'quota-used': {
    zh: '客户来信后已发满 5 条，平台不收。等客户再来信后重试',
    en: 'five messages went out since the customer wrote and the platform takes no more. Try again when they have written',
  },
  'with-person': {
    zh: '会话正由人工接待，由接待人员答复；人工结束后可重试',
    en: 'a person of the company has the conversation: they answer. Try again when they have ended it',
  },
  recalled: {
    zh: '客户已撤回，没有要回答的了。用 parked drop 关闭',
    en: 'the customer has recalled it, so nothing is left to answer. parked drop closes the entry',
  },
  purged: {
    zh: '内容已按保留期限删除。用 parked drop 关闭',
    en: 'its content is gone by retention. parked drop closes the entry',
  },
  settled: {
    zh: '已经在处理，或已送达。用 parked drop 关闭',
    en: 'it is being dealt with already, or has arrived. parked drop closes the entry',
  },
  'not-retryable': {
    zh: '这一类不能重试。用 parked drop 关闭',
    en: 'this kind can not be repeated. parked drop closes the entry',
  },
}

export const parkedRetry: Command = {
  path: ['parked', 'retry'],
  about: { zh: '重新处理，由运行中的 bridge 接着做', en: 'make it due again, for the running bridge to pick up' },
  operand: { name: 'ID', about: { zh: '编号，或其开头几位', en: 'ids, or how they begin' }, isMany: true },
  async run({ operands, say, database }) {
    const open = await database()
    const retry = createParkedRetry(open)
    return settleParked(operands, {
      parked: createParkedStore(open),
      say,
      async settle({ id }) {
        const result = await retry(id)
        if (result.kind !== 'refused') return result.kind === 'retried' ? { result: 'retried' } : { result: 'missing' }
        return { result: 'refused', reason: result.reason, message: say(REFUSALS[result.reason]) }
      },
      done: say({ zh: '已重新排队', en: 'due again' }),
    })
  },
}
