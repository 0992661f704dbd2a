import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Call } from '../../../../bridge/cli/command.ts'
import { createDeploy } from '../../../../bridge/cli/commands/deploy.ts'
import { checkDomain } from '../../../../bridge/cli/deploy/check-domain.ts'
import { checkWorkerSecrets, WORKER_SECRETS } from '../../../../bridge/cli/deploy/read-worker-secrets.ts'
import { type ProgramRun, runProgram } from '../../../../bridge/cli/deploy/run-program.ts'
import { runCli } from '../../../../bridge/cli/run-cli.ts'
import { startStandInCloudflare } from '../../../support/stand-in-cloudflare.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const SECRETS = {
  WECHAT_CORP_ID: 'ww1234567890',
  WECHAT_TOKEN: 'tokenOfTheCallback',
  WECHAT_AESKEY: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG',
  BRIDGE_TOKEN: 'a-bridge-secret-of-many-characters',
}
const DOMAIN = 'kefu.example.com'

/** `null`: without a file. */
function inFolder(secrets: Record<string, string> | null = SECRETS): void {
  const [folder, before] = [mkdtempSync(join(tmpdir(), 'kefu-deploy-test-')), process.cwd()]
  const text = Object.entries(secrets ?? {}).map(([name, value]) => `${name}=${value}\n`)
  if (secrets !== null) writeFileSync(join(folder, '.dev.vars'), text.join(''))
  process.chdir(folder)
  onTestFinished(() => {
    process.chdir(before)
    rmSync(folder, { recursive: true })
  })
}

interface Upload {
  args: readonly string[]
  env: ProgramRun['env']
  secrets: unknown
  mode: number
}

/** The command with programs that are only written down. */
async function deploy(
  options: Call['options'],
  { env = {}, failAt = -1 }: { env?: Call['env']; failAt?: number } = {},
) {
  const runs: Upload[] = []
  let written = ''
  const command = createDeploy({
    async run({ args, env: given }) {
      const file = args[args.indexOf('--secrets-file') + 1] ?? ''
      const hasFile = args.includes('--secrets-file')
      const secrets = hasFile ? JSON.parse(readFileSync(file, 'utf8')) : undefined
      runs.push({ args, env: given, secrets, mode: hasFile ? statSync(file).mode & 0o777 : 0 })
      return { code: runs.length - 1 === failAt ? 1 : 0 }
    },
  })
  const call = {
    ...{ operands: [], options, env, fetch, language: 'zh', isInteractive: false, isColoured: false },
    say: (text) => text.zh,
    write: (text) => {
      written += text
    },
    progress: (_what, work) => work,
    interruptible: (work) => work(new AbortController().signal),
    database: () => Promise.reject(new Error('not needed')),
    databaseSettings: () => ({ databaseUrl: undefined, dataDir: '' }),
    platform: () => Promise.reject(new Error('not needed')),
  } satisfies Call
  const output = await command.run(call)
  return { runs, written, output }
}

describe('deploy', () => {
  it('checks, bundles, and uploads with domain and secrets, after it said what will change', async () => {
    inFolder()
    const { runs, written, output } = await deploy({ domain: DOMAIN, yes: true })
    expect(runs.map(({ args }) => args.includes('--dry-run'))).toEqual([false, true, false])
    expect(runs[0]?.args.join(' ')).toMatch(/tsc -p .*edge\/tsconfig\.json$/)
    expect(runs[2]?.args.join(' ')).toContain(`--domain ${DOMAIN} --secrets-file`)
    expect(runs[2]?.secrets).toEqual(SECRETS)
    expect(runs[2]?.mode).toBe(0o600)
    expect(existsSync(runs[2]?.args.at(-1) ?? '')).toBe(false)
    for (const part of [DOMAIN, 'workers.dev', ...Object.keys(SECRETS)]) expect(written).toContain(part)
    expect(output).toMatchObject({ json: { deployed: true, callbackUrl: `https://${DOMAIN}/callback` } })
    for (const secret of Object.values(SECRETS))
      expect(written + output.text + runs[2]?.args.join()).not.toContain(secret)
  })

  it('gives wrangler the key to Cloudflare, and nothing that is ours', async () => {
    inFolder()
    const env = {
      CLOUDFLARE_API_TOKEN: 'theirs',
      PATH: '/bin',
      WECHAT_SECRET: 's',
      DEEPSEEK_API_KEY: 'k',
      BRIDGE_TOKEN: 'b',
    }
    const { runs } = await deploy({ domain: DOMAIN, yes: true }, { env })
    expect(runs[2]?.env).toMatchObject({ CLOUDFLARE_API_TOKEN: 'theirs', PATH: '/bin' })
    expect(Object.keys(runs[2]?.env ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/WECHAT|DEEPSEEK|BRIDGE/)]),
    )
  })

  it('takes the domain of EDGE_URL, and keeps the secrets where there is no file', async () => {
    inFolder(null)
    const { runs, written } = await deploy({ yes: true }, { env: { EDGE_URL: `https://${DOMAIN}` } })
    expect(runs[2]?.args).toEqual(expect.arrayContaining(['--domain', DOMAIN]))
    expect(runs[2]?.args).not.toContain('--secrets-file')
    expect(written).toContain('密文：不变')
  })

  it('asks nothing and names no domain in the builds of Cloudflare', async () => {
    inFolder(null)
    const { runs } = await deploy({}, { env: { WORKERS_CI: '1' } })
    expect(runs[2]?.args).not.toContain('--domain')
  })

  it.each<[string, Call['options'], Record<string, string>, RegExp]>([
    ['no domain', { yes: true }, SECRETS, /--domain/],
    ['workers.dev', { yes: true, domain: 'kefu.me.workers.dev' }, SECRETS, /中国大陆/],
    ['a missing secret', { yes: true, domain: DOMAIN }, { ...SECRETS, WECHAT_TOKEN: '' }, /WECHAT_TOKEN 没有写/],
    [
      'a wrong secret',
      { yes: true, domain: DOMAIN },
      { ...SECRETS, WECHAT_AESKEY: 'short' },
      /WECHAT_AESKEY 应为 43 位/,
    ],
    ['a file that is not there', { yes: true, domain: DOMAIN, 'secrets-file': 'none' }, SECRETS, /没有这个文件/],
    ['nobody to ask', { domain: DOMAIN }, SECRETS, /加 --yes/],
  ])('starts nothing with %s', async (_name, options, secrets, message) => {
    inFolder(secrets)
    await expect(deploy(options)).rejects.toThrow(message)
  })

  it.each([0, 1, 2])('ends at the step that fails: %i', async (failAt) => {
    inFolder()
    await expect(deploy({ domain: DOMAIN, yes: true }, { failAt })).rejects.toMatchObject({ code: 'deploy.failed' })
  })

  it('checks and bundles also where the domain is not known yet', async () => {
    inFolder(null)
    const { runs, written, output } = await deploy({ 'dry-run': true })
    expect(runs.length).toBe(2)
    expect(written).toContain('域名：还不知道')
    expect(output.json).toMatchObject({ deployed: false })
  })

  it('checks and bundles for real with --dry-run, without a network', async () => {
    inFolder()
    const nowhere = { http_proxy: 'http://127.0.0.1:1', https_proxy: 'http://127.0.0.1:1' }
    const { code, shown } = await runReally(['--dry-run'], nowhere)
    expect(shown).toMatch(/env\.MAILBOX[\s\S]*什么也没有上传/)
    expect(code).toBe(0)
  })

  it('uploads for real: the secrets with the Worker, the domain, and workers.dev off', async () => {
    inFolder()
    const cloudflare = await startStandInCloudflare()
    onTestFinished(() => cloudflare.close())
    const { code, shown } = await runReally(['--yes'], cloudflare.env)
    expect([code, shown]).toEqual([0, expect.stringContaining(`https://${DOMAIN}/callback`)])
    const uploaded = cloudflare.bindings().filter(({ type }) => type === 'secret_text')
    expect(Object.fromEntries(uploaded.map(({ name, text }) => [name, text]))).toEqual(SECRETS)
    const sent = (path: RegExp) => cloudflare.requests.findLast((request) => path.test(request.path))?.body
    expect(sent(/\/subdomain$/)).toEqual({ enabled: false, previews_enabled: false })
    expect(sent(/\/domains\/records$/)).toMatchObject({ origins: [{ hostname: DOMAIN }] })
    for (const secret of Object.values(SECRETS)) expect(shown).not.toContain(secret)
  })
})

/** With the real programs. */
async function runReally(options: readonly string[], more: Record<string, string>) {
  let shown = ''
  const write = (text: string) => {
    shown += text
  }
  const env = { PATH: process.env.PATH, HOME: process.cwd(), ...more }
  const argv = ['deploy', '--domain', DOMAIN, ...options]
  return { code: await runCli({ argv, env, stdout: write, stderr: write }), shown }
}

describe('what the deploy button asks for', () => {
  it('is explained for each secret that wrangler.toml requires', () => {
    const root = join(import.meta.dirname, '../../../..')
    const { cloudflare } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const required = /^required = \[(.*)\]$/m.exec(readFileSync(join(root, 'wrangler.toml'), 'utf8'))?.[1] ?? ''
    expect(Object.keys(cloudflare.bindings)).toEqual(required.match(/[A-Z_]+/g))
    for (const { description } of Object.values<{ description: string }>(cloudflare.bindings)) {
      expect(description.length).toBeGreaterThan(20)
    }
  })
})

describe('checkWorkerSecrets', () => {
  it('knows the names of edge/env.ts, and no others', () => {
    const source = readFileSync(join(import.meta.dirname, '../../../../edge/env.ts'), 'utf8')
    const names = [...source.matchAll(/^ {2}([A-Z_]+)\??: string$/gm)].map(([, name]) => name)
    expect(Object.keys(WORKER_SECRETS).sort()).toEqual(names.sort())
  })

  it('lets the previous ones be left out, and leaves out what is not the Worker’s', () => {
    expect(checkWorkerSecrets({ ...SECRETS, OTHER: 'x' })).toEqual({ values: SECRETS, faults: [] })
    const wrong = checkWorkerSecrets({ ...SECRETS, WECHAT_TOKEN_PREVIOUS: 'not allowed!' })
    expect(wrong.faults.map(({ en }) => en)).toEqual(['WECHAT_TOKEN_PREVIOUS must be 1 to 32 letters or digits'])
  })
})

describe('checkDomain', () => {
  it.each(['kefu.example.com', 'a.cn', 'xn--fiq228c.xn--fiqs8s'])('takes %s', (domain) => {
    expect(checkDomain(domain)).toBeUndefined()
  })

  it.each(['', 'localhost', 'kefu.example.com/callback', 'a b.com', '1.2.3.4', 'x.workers.dev', '-a.com'])(
    'refuses %j',
    (domain) => {
      expect(checkDomain(domain)).toBeDefined()
    },
  )
})

describe('runProgram', () => {
  // A program that starts another and would leave it behind, as wrangler does.
  const parent = `
    const { spawn } = require('node:child_process')
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })
    console.log('child ' + child.pid)
    if (process.argv[1] === 'ends') process.exit(3)
    setInterval(() => {}, 1000)`
  const isAlive = (pid: number) => {
    try {
      process.kill(pid, 0)
      // Where nobody collects them, the dead are still listed.
      return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
    } catch {
      return false
    }
  }
  const start = (mode: string, signal?: AbortSignal) => {
    let output = ''
    const onOutput = (text: string) => {
      output += text
    }
    const run = { args: ['-e', parent, mode], cwd: '/', env: process.env, onOutput, ...(signal && { signal }) }
    return { ended: runProgram(run), childPid: () => Number(/child (\d+)/.exec(output)?.[1] ?? 0) }
  }

  it('ends with the exit code, and with all that was started', async () => {
    const { ended, childPid } = start('ends')
    expect(await ended).toEqual({ code: 3 })
    await waitUntil(() => !isAlive(childPid()), { what: 'the grandchild ends' })
  })

  it('is ended as a group', async () => {
    const stop = new AbortController()
    const { ended, childPid } = start('stays', stop.signal)
    await waitUntil(() => childPid() > 0, { what: 'the grandchild runs' })
    expect(isAlive(childPid())).toBe(true)
    stop.abort()
    expect(await ended).toEqual({ code: 130 })
    await waitUntil(() => !isAlive(childPid()), { what: 'the grandchild ends' })
  })
})
