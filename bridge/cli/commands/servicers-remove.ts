import { removeServicers } from '../../wecom/endpoints/remove-servicers.ts'
import { changeServicers, servicerOperand, servicerOptions } from '../change-servicers.ts'
import type { Command } from '../command.ts'

export const servicersRemove: Command = {
  path: ['servicers', 'remove'],
  about: { zh: '移除接待人员', en: 'remove servicers' },
  operand: servicerOperand,
  options: servicerOptions,
  run: (call) =>
    changeServicers(call, removeServicers, {
      doing: { zh: '移除接待人员', en: 'removing servicers' },
      done: { zh: '已移除', en: 'removed' },
    }),
}
