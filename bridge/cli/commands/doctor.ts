import type { Command } from '../command.ts'
import { CHECKS } from '../doctor/checks.ts'
import { openInstallation } from '../doctor/installation.ts'
import { renderResults } from '../doctor/render-results.ts'
import { runChecks } from '../doctor/run-checks.ts'
import { readEnvFile } from '../read-env-file.ts'

export const doctor: Command = {
  path: ['doctor'],
  about: {
    zh: '从这里检查整条链路：哪里不通、为什么、怎么办',
    en: 'look at every link of the chain from here: what fails, why, what to do',
  },
  async run({ say, env, fetch, progress, isColoured }) {
    const installation = openInstallation({ env, devVars: await readEnvFile('.dev.vars'), fetch })
    try {
      const results = await progress({ zh: '正在检查', en: 'looking' }, runChecks(CHECKS, installation))
      const findings = results.flatMap((result) => result.findings)
      const isFailure = findings.some(({ level }) => level === 'failure')
      const checks = findings.map(({ code, level, says, todo, values }) => ({
        ...{ code, level, text: say(says), values },
        ...(todo === undefined ? {} : { todo: say(todo) }),
      }))
      return { json: { ok: !isFailure, checks }, text: renderResults(results, { say, isColoured }), isFailure }
    } finally {
      await installation.close()
    }
  },
}
