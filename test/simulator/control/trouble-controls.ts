/** Faults, switches and the clock. */
import { z } from 'zod'
import { ENDPOINTS } from '../api/endpoints.ts'
import { listErrorCodes } from '../error-codes.ts'
import { type FaultTable, faultRuleSchema } from '../fault-table.ts'
import type { Platform } from '../platform.ts'
import { describeSwitches, switchChangesSchema } from '../switches.ts'
import { control, definedOf, nothing, tellChanged } from './control.ts'

export function createTroubleControls(platform: Platform, faults: FaultTable) {
  const { switches, clock } = platform
  return {
    addFault: control(faultRuleSchema, (rule) => faults.add(rule)),
    removeFault: control(z.strictObject({ id: z.number().int() }), ({ id }) => {
      faults.remove(id)
      return {}
    }),
    clearFaults: control(nothing, () => {
      faults.clear()
      return {}
    }),
    faults: control(nothing, () => faults.list()),
    /** Changes those that are named and returns all. */
    setSwitches: control(switchChangesSchema, (changes) => {
      Object.assign(switches, definedOf(changes))
      tellChanged(platform)
      return { ...switches }
    }),
    /** Every switch with its position, its first position, and what it may be set to. */
    switchTable: control(nothing, () => describeSwitches(switches)),
    /** Every path that a fault can name. */
    endpoints: control(nothing, () => [
      'gettoken',
      'media/upload',
      'media/uploadimg',
      'media/get',
      ...Object.keys(ENDPOINTS),
    ]),
    /** Every errcode that a fault can give, with its meaning. */
    errorCodes: control(nothing, () => listErrorCodes()),
    /** Moves the simulator's clock; callbacks' tries and delays stay on real time. Returns unix ms and by how much it was moved in all. */
    moveClock: control(z.strictObject({ ms: z.number().int() }), ({ ms }) => {
      clock.move(ms)
      tellChanged(platform)
      return { now: clock.now(), movedMs: clock.movedMs() }
    }),
  }
}
