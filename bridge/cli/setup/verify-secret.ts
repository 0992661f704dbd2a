/** Asks for the Secret, tries it, and looks which accounts it may manage. */
import type { Finding } from '../doctor/run-checks.ts'
import type { ModeGuide } from './access-mode.ts'
import { examine, tellFindings } from './examine.ts'
import type { SetupDeps } from './run-setup.ts'

/** After so many wrong ones the platform may ban this address for an hour. */
const MOST_SECRETS = 3

/** False: it is to be done later. */
export async function verifySecret(deps: SetupDeps, guide: ModeGuide): Promise<boolean> {
  const { asker, files } = deps
  const known = files.get('.env', 'WECHAT_SECRET')
  if (known === '') for (const [index, step] of guide.between.entries()) asker.tell('info', numbered(index, step))
  for (let tries = 1; ; tries += 1) {
    const secret = tries === 1 && known !== '' ? known : await askForSecret(deps, guide)
    const findings = await tryUntilMended(deps, secret)
    const isRight = findings.some(({ code }) => code === 'platform.ok')
    if (isRight) {
      await files.save('.env', { WECHAT_SECRET: secret })
      return tellAccounts(deps, findings)
    }
    if (!asker.canAskAgain || tries >= MOST_SECRETS) return false
  }
}

/** What only the console mends is tried again with the same Secret, when the person says so. */
async function tryUntilMended(deps: SetupDeps, secret: string): Promise<Finding[]> {
  const { asker } = deps
  for (;;) {
    const findings = await asker.wait({ zh: '验证 Secret', en: 'trying the Secret' }, () =>
      examine(deps, ['platform', 'accounts'], { WECHAT_SECRET: secret }),
    )
    const failure = findings.find(({ level }) => level === 'failure')
    if (failure === undefined) return findings
    tellFindings(deps, findings)
    const isSecretWrong = /^platform\.(40001|40091|95011|95012|held)$/.test(failure.code)
    if (isSecretWrong || !asker.canAskAgain) return findings
    const question = { zh: '改好了，再试一次？', en: 'Mended: try again?' }
    if (!(await asker.confirm('', question, { initial: true }))) return findings
  }
}

function askForSecret({ asker }: SetupDeps, guide: ModeGuide): Promise<string> {
  const question = { zh: `Secret（${guide.secretPage.zh} ）`, en: `Secret (${guide.secretPage.en} )` }
  const check = (value: string) =>
    /^\S{8,}$/.test(value)
      ? undefined
      : { zh: '不像 Secret：太短，或有空格', en: 'no Secret: too short, or with a space' }
  return asker.text('WECHAT_SECRET', question, { isSecret: true, check })
}

/** True when there is an account to answer for. */
function tellAccounts({ asker }: SetupDeps, findings: readonly Finding[]): boolean {
  asker.tell('ok', { zh: 'Secret 有效，已写入 .env', en: 'the Secret is accepted' })
  const accounts = findings.find(({ code }) => code === 'accounts.ok')
  if (accounts !== undefined)
    asker.tell('ok', { zh: `客服账号：${accounts.says.zh}`, en: `accounts: ${accounts.says.en}` })
  return accounts !== undefined
}

function numbered(index: number, { zh, en }: { zh: string; en: string }) {
  return { zh: `${index + 1}. ${zh}`, en: `${index + 1}. ${en}` }
}
