/**
 * Puts the Worker on Cloudflare: checks its types, bundles it, and uploads it with its secrets under a domain of one's own. The secrets
 * travel in a file that only this user can read and that goes with the run; wrangler's environment holds none of ours.
 */
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { AppError } from '../../../shared/app-error.ts'
import type { Text } from '../language.ts'
import type { RunProgram } from './run-program.ts'

const ROOT = resolve(import.meta.dirname, '../../..')
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')
const WRANGLER = join(ROOT, 'node_modules/wrangler/wrangler-dist/cli.js')

export interface DeployOptions {
  /** Undefined: the domains stay as they are. */
  domain: string | undefined
  secrets: Readonly<Record<string, string>>
  /** Stops before anything leaves this machine. */
  isDryRun: boolean
}

export interface DeployDeps {
  run: RunProgram
  env: Readonly<Record<string, string | undefined>>
  /** Says what is done, and passes on what the programs write. */
  tell: (text: Text) => void
  write: (text: string) => void
}

/** Rejects with `deploy.no-tools` and with `deploy.failed`, whose message says which step it was. */
export async function deployWorker({ domain, secrets, isDryRun }: DeployOptions, deps: DeployDeps): Promise<void> {
  const { tell } = deps
  if (!existsSync(WRANGLER) || !existsSync(TSC)) {
    throw new AppError('deploy.no-tools', 'wrangler is not installed here: run npm ci without --omit=dev', {
      retryable: false,
    })
  }
  const folder = await mkdtemp(join(tmpdir(), 'kefu-deploy-'))
  const step = (name: Text, args: readonly string[]) => runStep(name, args, deps)
  try {
    tell({ zh: '检查类型', en: 'checking types' })
    await step({ zh: '类型检查', en: 'the check of types' }, [TSC, '-p', join(ROOT, 'edge/tsconfig.json')])
    tell({ zh: '打包（不上传）', en: 'bundling, nothing is uploaded' })
    const wrangler = ['--no-warnings', WRANGLER, 'deploy', '--config', join(ROOT, 'wrangler.toml')]
    await step({ zh: '打包', en: 'bundling' }, [...wrangler, '--dry-run', '--outdir', join(folder, 'bundle')])
    if (isDryRun) return
    const file = join(folder, 'secrets.json')
    // JSON: a file in the form of .env would be expanded, and overridden by the environment.
    await writeFile(file, JSON.stringify(secrets), { mode: 0o600 })
    tell({ zh: '上传到 Cloudflare', en: 'uploading to Cloudflare' })
    const domainArgs = domain === undefined ? [] : ['--domain', domain]
    const secretArgs = Object.keys(secrets).length === 0 ? [] : ['--secrets-file', file]
    await step({ zh: '上传', en: 'uploading' }, [...wrangler, ...domainArgs, ...secretArgs])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function runStep(name: Text, args: readonly string[], { run, env, write }: DeployDeps): Promise<void> {
  const { code } = await run({ args, cwd: ROOT, env: toEnvironment(env), onOutput: write })
  if (code === 0) return
  const details = { step: name.en, code }
  throw new AppError('deploy.failed', `${name.zh} / ${name.en}: exit code ${code}`, { retryable: false, details })
}

/** What is ours stays here: wrangler would take a setting of the environment for one of the Worker's. */
const OURS = /^(WECHAT_|BRIDGE_TOKEN|EDGE_URL|DATABASE_URL|RABBITMQ_|CONSOLE_PASSWORD)|_API_KEY(_FILE)?$/

function toEnvironment(env: DeployDeps['env']): Record<string, string | undefined> {
  const kept = Object.entries(env).filter(([name]) => !OURS.test(name))
  return { ...Object.fromEntries(kept), WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' }
}
