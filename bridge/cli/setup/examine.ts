import { CHECKS } from '../doctor/checks.ts'
import { openInstallation } from '../doctor/installation.ts'
import { type Finding, runChecks } from '../doctor/run-checks.ts'
import type { SetupDeps } from './run-setup.ts'

/** Has the doctor look at some links of the chain, with the settings as they are in the files now, changed by `change`. */
export async function examine(
  { files, env, fetch }: Pick<SetupDeps, 'files' | 'env' | 'fetch'>,
  names: readonly string[],
  change: Readonly<Record<string, string>> = {},
): Promise<Finding[]> {
  const devVars = files.all('.dev.vars')
  // An empty line of the file is one that nobody filled in.
  const filled = Object.fromEntries(Object.entries(files.all('.env')).filter(([, value]) => value))
  const installation = openInstallation({ env: { ...env, ...filled, ...change }, devVars, fetch })
  try {
    const checks = CHECKS.filter(({ name }) => names.includes(name))
    return (await runChecks(checks, installation)).flatMap(({ findings }) => findings)
  } finally {
    await installation.close()
  }
}

/** Says them as the doctor does; what is in order is left out. */
export function tellFindings({ asker }: Pick<SetupDeps, 'asker'>, findings: readonly Finding[]): void {
  for (const { level, says, todo } of findings) {
    if (level === 'ok' || level === 'skipped') continue
    asker.tell(level, says)
    if (todo !== undefined) asker.tell('info', { zh: `怎么办：${todo.zh}`, en: `What to do: ${todo.en}` })
  }
}
