/**
 * Where a program of the system is missing, the tests that need it are skipped and the run's end says so, with the command
 * that installs it; with CI=true it is a failure, because there a skipped test is a lie.
 */
import { appendFileSync } from 'node:fs'
import { inject } from 'vitest'
import { SYSTEM_PROGRAMS, type SystemProgram } from './system-programs.ts'

/**
 * For `describe.skipIf`, in a file of the integration or e2e project: true when the program is not installed. Throws instead
 * when CI=true.
 */
export function isMissing(program: SystemProgram): boolean {
  const { title, find, install } = SYSTEM_PROGRAMS[program]
  if (find() !== undefined) return false
  if (process.env.CI === 'true') throw new Error(`${title} is needed here: ${install}`)
  appendFileSync(inject('missingProgramsFile'), `${program}\n`)
  return true
}
