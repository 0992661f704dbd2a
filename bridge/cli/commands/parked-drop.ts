import { createParkedStore } from '../../store/parked-store.ts'
import type { Command } from '../command.ts'
import { settleParked } from '../settle-parked.ts'

export const parkedDrop: Command = {
  path: ['parked', 'drop'],
  about: { zh: '关闭，不再处理', en: 'close it; nothing more is done about it' },
  operand: { name: 'ID', about: { zh: '编号，或其开头几位', en: 'ids, or how they begin' }, isMany: true },
  async run({ operands, say, database }) {
    const parked = createParkedStore(await database())
    return settleParked(operands, {
      parked,
      say,
      settle: async ({ id }) => ({ result: (await parked.close(id)) ? 'dropped' : 'missing' }),
      done: say({ zh: '已关闭', en: 'closed' }),
    })
  },
}
