import { addServicers } from '../../wecom/endpoints/add-servicers.ts'
import { changeServicers, servicerOperand, servicerOptions } from '../change-servicers.ts'
import type { Command } from '../command.ts'

export const servicersAdd: Command = {
  path: ['servicers', 'add'],
  about: { zh: '添加接待人员', en: 'add servicers' },
  operand: servicerOperand,
  options: servicerOptions,
  run: (call) =>
    changeServicers(call, addServicers, {
      doing: { zh: '添加接待人员', en: 'adding servicers' },
      done: { zh: '已添加', en: 'added' },
    }),
}
