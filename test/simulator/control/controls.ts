/**
 * Everything that a test, the phone page or another process may do to the simulator: play customers and servicers, look at
 * what happened, move the clock, cause trouble.
 */
import type { FaultTable } from '../fault-table.ts'
import type { Platform } from '../platform.ts'
import { createCompanyControls } from './company-controls.ts'
import { createCustomerControls } from './customer-controls.ts'
import { createRecordControls } from './record-controls.ts'
import { createTroubleControls } from './trouble-controls.ts'

export interface ControlsDeps {
  platform: Platform
  faults: FaultTable
  /** Calls per endpoint. */
  calls: ReadonlyMap<string, number>
  modelLabel: string
}

export function createControls({ platform, faults, calls, modelLabel }: ControlsDeps) {
  return {
    ...createCustomerControls(platform),
    ...createCompanyControls(platform),
    ...createTroubleControls(platform, faults),
    ...createRecordControls(platform, calls, modelLabel),
  }
}

export type SimulatorControls = ReturnType<typeof createControls>
