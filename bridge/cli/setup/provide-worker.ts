/** The Worker answers at its address and knows our secrets; otherwise it is deployed, or waited for while somebody else does it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isAppError } from '../../../shared/app-error.ts'
import type { Finding } from '../doctor/run-checks.ts'
import { examine, tellFindings } from './examine.ts'
import type { SetupDeps } from './run-setup.ts'

const EVERY_MS = 1_000
/** What a Worker that is quite right may still be told of, before the console and the bridge have come. */
const EARLY = new Set(['edge.never-checked', 'edge.no-bridge', 'edge.mail-waits'])
/** Only a deploy mends these: waiting would not. */
const STALE = new Set([
  'edge.secret-wrong',
  'edge.outdated',
  'edge.settings-wrong',
  'url-check.token-wrong',
  'url-check.aeskey-wrong',
])

/** False: it is to be done later. */
export async function provideWorker(deps: SetupDeps): Promise<boolean> {
  const { asker, files } = deps
  const first = await look(deps)
  if (isRight(first)) return tellReady(deps)
  if (first.some(({ code }) => STALE.has(code))) tellFindings(deps, first)
  const how = await asker.choose(
    'SETUP_DEPLOY',
    {
      zh: 'Worker 还没有用这些密文部署好。现在怎么办？',
      en: 'The Worker is not there yet with these secrets. What now?',
    },
    {
      choices: [
        {
          value: 'now',
          label: {
            zh: '现在部署（npm run deploy，先要登录：npx wrangler login，或设置 CLOUDFLARE_API_TOKEN）',
            en: 'deploy now (npm run deploy; log in before, npx wrangler login, or set CLOUDFLARE_API_TOKEN)',
          },
        },
        { value: 'wait', label: { zh: '我在别处部署，等它', en: 'I deploy it elsewhere: wait for it' } },
        {
          value: 'later',
          label: { zh: '先停在这里，以后再运行 npm run setup', en: 'stop here and run npm run setup again later' },
        },
      ],
      initial: 'now',
    },
  )
  if (how === 'later') return false
  const { hostname } = new URL(files.get('.env', 'EDGE_URL'))
  if (how === 'now' && !(await tryToDeploy(deps, hostname))) return false
  const last = await asker.wait(
    {
      zh: `等 ${hostname} 上的 Worker（新域名的证书要几分钟）`,
      en: `waiting for the Worker at ${hostname} (a new domain takes minutes for its certificate)`,
    },
    ({ signal }) => waitUntilRight(deps, signal),
  )
  if (isRight(last)) return tellReady(deps)
  tellFindings(
    deps,
    last.filter(({ code }) => !EARLY.has(code)),
  )
  return false
}

async function tryToDeploy({ asker, files, deploy }: SetupDeps, domain: string): Promise<boolean> {
  const given = Object.entries(files.all('.dev.vars')).filter(([, value]) => value !== undefined && value !== '')
  try {
    await deploy(domain, Object.fromEntries(given) as Record<string, string>)
    return true
  } catch (error) {
    if (!isAppError(error, 'deploy.failed') && !isAppError(error, 'deploy.no-tools')) throw error
    asker.tell('failure', {
      zh: `部署没有成功（${error.message}）。改好后再运行 npm run setup，会从这里接着做。`,
      en: `The deploy has failed (${error.message}). Mend it and run npm run setup again: it goes on from here.`,
    })
    return false
  }
}

async function waitUntilRight(deps: SetupDeps, signal: AbortSignal): Promise<Finding[]> {
  const until = performance.now() + deps.waitMs
  for (;;) {
    const found = await look(deps)
    if (isRight(found) || signal.aborted || performance.now() >= until) return found
    await sleep(Math.min(EVERY_MS, deps.waitMs), undefined, { signal }).catch(() => undefined)
  }
}

const look = (deps: SetupDeps) => examine(deps, ['edge', 'url-check'])

function isRight(findings: readonly Finding[]): boolean {
  return findings.every(({ code, level }) => level !== 'failure' || EARLY.has(code))
}

function tellReady({ asker, files }: SetupDeps): true {
  const url = files.get('.env', 'EDGE_URL')
  asker.tell('ok', {
    zh: `Worker 在 ${url} 就绪，加密验证通过`,
    en: `the Worker at ${url} is ready and answers our own URL check`,
  })
  return true
}
