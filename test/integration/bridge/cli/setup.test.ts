/** The setup where something is missing, wrong or given up. The way through is in test/e2e/going-live.test.ts. */
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runCli } from '../../../../bridge/cli/run-cli.ts'
import type { Asker, Mark } from '../../../../bridge/cli/setup/asker.ts'
import { createFileAsker } from '../../../../bridge/cli/setup/file-asker.ts'
import { openSettingFiles } from '../../../../bridge/cli/setup/files.ts'
import { runSetup, type SetupDeps } from '../../../../bridge/cli/setup/run-setup.ts'
import packageJson from '../../../../package.json' with { type: 'json' }
import { AppError } from '../../../../shared/app-error.ts'
import { verifyHandshake } from '../../../../shared/bridge-handshake.ts'
import { decryptCallback, importCallbackKey } from '../../../../shared/callback-cipher.ts'
import type { EdgeStatus } from '../../../../shared/edge-status.ts'
import { createSimulator, type SimulatorOptions } from '../../../simulator/create-simulator.ts'
import { KEYS, startPty } from '../../../support/pty-process.ts'

const CORP_ID = 'ww1234567890abcdef'
const SECRET = 'the-secret-of-the-console'

interface Start {
  answers?: Record<string, string>
  before?: Record<string, string>
  simulator?: Partial<SimulatorOptions>
  deploy?: SetupDeps['deploy']
  /** What the Worker's status says over what a fresh one does; undefined: there is no Worker. */
  status?: Partial<EdgeStatus> | undefined
  waitMs?: number
  apiBase?: string
  /** Lets the asker be one that can ask again. */
  ask?: (asker: Asker) => Partial<Asker>
}

async function start(options: Start = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'kefu-setup-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(options.before ?? {})) writeFileSync(join(folder, name), text)
  const read = (name: string) => parseEnv(readFileSync(join(folder, name), 'utf8')) as Record<string, string>
  const simulator = await createSimulator({
    corpId: CORP_ID,
    secret: SECRET,
    callback: { token: '', aesKey: '' },
    accounts: [{ name: '售前' }],
    ...options.simulator,
  })
  onTestFinished(() => simulator.close())
  const status: Partial<EdgeStatus> = 'status' in options ? { ...options.status } : { urlCheckedAt: 1 }
  const edge = await startWorkerStandIn(() => read('.dev.vars'), status)
  const told: { mark: Mark; text: string }[] = []
  const shown: string[] = []
  const answers = {
    SETUP_MODE: 'native',
    EDGE_URL: options.status === undefined && 'status' in options ? 'http://127.0.0.1:1' : edge,
    WECHAT_CORP_ID: CORP_ID,
    SETUP_MODEL: 'none',
    SETUP_DEPLOY: 'wait',
    WECHAT_SECRET: SECRET,
    ...options.answers,
  }
  const fromFile = createFileAsker({ answers, path: 'answers', language: 'en', write: () => undefined })
  const plain: Asker = {
    ...fromFile,
    tell: (mark, { zh }) => void told.push({ mark, text: zh }),
    show: (_title, lines) => void shown.push(...lines),
    wait: (_what, work) =>
      work({ update: ({ zh }) => void told.push({ mark: 'info', text: zh }), signal: new AbortController().signal }),
  }
  const asker = { ...plain, ...options.ask?.(plain) }
  const deploys: { domain: string; secrets: Readonly<Record<string, string>> }[] = []
  const run = async () =>
    runSetup({
      asker,
      files: await openSettingFiles(folder, asker),
      env: { WECHAT_API_BASE: simulator.apiBase, DATA_DIR: join(folder, 'data') },
      fetch,
      apiBase: options.apiBase,
      deploy: options.deploy ?? (async (domain, secrets) => void deploys.push({ domain, secrets })),
      waitMs: options.waitMs ?? 50,
    })
  return { run, read, told, shown, deploys, simulator, status }
}

/** Answers /status and the URL check as the Worker does, with the secrets of `.dev.vars`. */
async function startWorkerStandIn(secrets: () => Record<string, string>, change: Partial<EdgeStatus>): Promise<string> {
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://edge')
    const { BRIDGE_TOKEN = '', WECHAT_AESKEY = '' } = secrets()
    if (pathname === '/callback') {
      const { message } = await decryptCallback(
        await importCallbackKey(WECHAT_AESKEY),
        searchParams.get('echostr') ?? '',
      )
      return response.end(message)
    }
    const header = (name: string) => request.headers[name]?.toString()
    const asked = { method: 'GET', path: pathname, header }
    const verdict = await verifyHandshake([BRIDGE_TOKEN], CORP_ID, asked, Date.now())
    if (!verdict.ok) return response.writeHead(401).end()
    const fresh = { isCurrentSecret: true, bridgeConnected: false, pending: 0, oldestAgeMs: 0 }
    response.end(JSON.stringify({ version: packageJson.version, ...fresh, ...change }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const texts = (told: readonly { text: string }[]) => told.map(({ text }) => text).join('\n')

describe('what is asked first', () => {
  it('has another address of the platform kept, so that the bridge runs with what was tried', async () => {
    const apiBase = 'http://127.0.0.1:1/cgi-bin'
    const setup = await start({ status: undefined, answers: { SETUP_DEPLOY: 'later' }, apiBase })
    await setup.run()
    expect(setup.read('.env').WECHAT_API_BASE).toBe(apiBase)
  })

  it('is remembered, also that there is to be no model', async () => {
    const initials: (string | undefined)[] = []
    const ask = (plain: Asker): Partial<Asker> => ({
      choose(key, question, given) {
        if (key === 'SETUP_MODEL') initials.push(given.initial)
        return plain.choose(key, question, given)
      },
    })
    const setup = await start({ status: undefined, answers: { SETUP_DEPLOY: 'later' }, ask })
    await setup.run()
    await setup.run()
    expect(initials).toEqual(['deepseek', 'none'])
  })

  it.each([
    ['WECHAT_CORP_ID', 'nonsense', 'begins with ww'],
    ['WECHAT_CORP_ID', 'ww with a space', 'begins with ww'],
    ['EDGE_URL', 'http://kefu.example.com', 'must be https'],
    ['EDGE_URL', 'kefu.me.workers.dev', 'mainland China'],
    ['EDGE_URL', 'kefu', 'must be a domain'],
    ['SETUP_MODE', 'both', 'must be one of native, wecom'],
    ['SETUP_MODEL', 'gpt', 'must be one of deepseek'],
  ])('is refused by name: %s=%s', async (name, value, why) => {
    const setup = await start({ answers: { [name]: value } })
    await expect(setup.run()).rejects.toThrow(new RegExp(`^answers: ${name}: .*${why}`))
  })
})

describe('the Worker', () => {
  it('may be left for later: what is made so far is kept, and the same is used then', async () => {
    const setup = await start({ status: undefined, answers: { SETUP_DEPLOY: 'later' } })
    expect(await setup.run()).toBe('stopped-before-worker')
    const made = setup.read('.dev.vars')
    expect(made).toMatchObject({ WECHAT_CORP_ID: CORP_ID, WECHAT_TOKEN: /^\w{32}$/.exec(made.WECHAT_TOKEN ?? '')?.[0] })
    expect(setup.read('.env')).toMatchObject({
      BRIDGE_TOKEN: made.BRIDGE_TOKEN,
      SETUP_MODE: 'native',
      WECHAT_SECRET: '',
    })
    expect(await setup.run()).toBe('stopped-before-worker')
    expect(setup.read('.dev.vars')).toEqual(made)
  })

  it('is deployed with the secrets of .dev.vars, to the host of the address', async () => {
    const setup = await start({ status: undefined, answers: { SETUP_DEPLOY: 'now', EDGE_URL: 'kefu.invalid' } })
    expect(await setup.run()).toBe('stopped-before-worker')
    expect(setup.deploys).toEqual([{ domain: 'kefu.invalid', secrets: setup.read('.dev.vars') }])
    expect(Object.keys(setup.deploys[0]?.secrets ?? {}).sort()).toEqual([
      'BRIDGE_TOKEN',
      'WECHAT_AESKEY',
      'WECHAT_CORP_ID',
      'WECHAT_TOKEN',
    ])
    expect(texts(setup.told)).toMatch(/域名 kefu\.invalid 解析不到/)
  })

  it('that can not be deployed is told, and nothing is waited for', async () => {
    const deploy = () => Promise.reject(new AppError('deploy.failed', 'exit code 1', { retryable: false }))
    const setup = await start({ status: undefined, answers: { SETUP_DEPLOY: 'now' }, deploy, waitMs: 60_000 })
    expect(await setup.run()).toBe('stopped-before-worker')
    expect(texts(setup.told)).toMatch(/部署没有成功（exit code 1）/)
  })

  it('that holds other secrets is said to, before it is deployed anew', async () => {
    const before = {
      '.env': 'BRIDGE_TOKEN=another-secret-of-thirty-two-char\n',
      '.dev.vars': 'BRIDGE_TOKEN=0123456789abcdef0123456789abcdef\n',
    }
    const setup = await start({ before, answers: { SETUP_DEPLOY: 'later' } })
    expect(await setup.run()).toBe('stopped-before-worker')
    expect(texts(setup.told)).toMatch(/BRIDGE_TOKEN 或 WECHAT_CORP_ID 两边不一致/)
    // Not replaced without asking.
    expect(setup.read('.env').BRIDGE_TOKEN).toBe('another-secret-of-thirty-two-char')
  })
})

describe('the check of the URL', () => {
  const known = { '.dev.vars': 'WECHAT_TOKEN=knownToken\nWECHAT_AESKEY=abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG\n' }

  it('counts when it was made with the same Token and AESKey', async () => {
    const setup = await start({ before: known })
    expect(await setup.run()).toBe('done')
    expect(setup.shown).toEqual([])
  })

  it('is asked for again when they are new', async () => {
    const setup = await start()
    expect(await setup.run()).toBe('stopped-before-check')
    const { WECHAT_TOKEN = '', WECHAT_AESKEY = '' } = setup.read('.dev.vars')
    expect(setup.shown.join('\n')).toMatch(
      new RegExp(`URL .*/callback\nToken +${WECHAT_TOKEN}\nEncodingAESKey +${WECHAT_AESKEY}$`),
    )
    // Nothing was made anew: the check that comes now is the right one.
    setup.status.urlCheckedAt = 2
    expect(await setup.run()).toBe('done')
  })

  it.each([
    ['signature-wrong', /Token 不是上面的那个/],
    ['undecryptable', /EncodingAESKey 不是上面的那个/],
    ['receiver-wrong', /属于另一家企业/],
  ] as const)('says which value is wrong: %s', async (reason, message) => {
    const setup = await start({ status: { refused: { reason, at: Date.now() } } })
    expect(await setup.run()).toBe('stopped-before-check')
    expect(texts(setup.told)).toMatch(message)
  })

  it('does not blame the values for what was refused long ago', async () => {
    const setup = await start({ status: { refused: { reason: 'signature-wrong', at: Date.now() - 600_000 } } })
    await setup.run()
    expect(texts(setup.told)).not.toMatch(/不是上面的那个/)
  })
})

describe('the Secret', () => {
  const before = { '.dev.vars': 'WECHAT_TOKEN=knownToken\nWECHAT_AESKEY=abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG\n' }

  it('is not written when the platform refuses it, and is not tried twice from a file', async () => {
    const setup = await start({ before, answers: { WECHAT_SECRET: 'a-wrong-secret' } })
    expect(await setup.run()).toBe('stopped-before-secret')
    expect(texts(setup.told)).toMatch(/40001[\s\S]*核对 WECHAT_SECRET/)
    expect(setup.read('.env').WECHAT_SECRET).toBe('')
    expect(setup.simulator.calls().gettoken).toBe(1)
  })

  it('is asked for three times at most: more would have the address banned', async () => {
    let asked = 0
    const ask = (asker: Asker): Partial<Asker> => ({
      canAskAgain: true,
      text: async (key, question, options) => {
        if (key !== 'WECHAT_SECRET') return asker.text(key, question, options)
        asked += 1
        return `a-wrong-secret-${asked}`
      },
    })
    const setup = await start({ before, ask })
    expect(await setup.run()).toBe('stopped-before-secret')
    expect(asked).toBe(3)
  })

  it('is tried again when the person has put the address on the list', async () => {
    const questions: string[] = []
    const setup = await start({
      before,
      simulator: { faults: [{ endpoint: 'kf/account/list', action: { kind: 'errcode', errcode: 60020 } }] },
      ask: () => ({
        canAskAgain: true,
        confirm: async (_key, question) => {
          questions.push(question.en)
          setup.simulator.clearFaults()
          return true
        },
      }),
    })
    expect(await setup.run()).toBe('done')
    expect(questions).toEqual(['Mended: try again?'])
    expect(texts(setup.told)).toMatch(/60020[\s\S]*企业可信IP[\s\S]*1 个可用：售前/)
  })

  it('of the other mode is told apart', async () => {
    const faults = [{ endpoint: 'kf/account/list', action: { kind: 'errcode', errcode: 95011 } }] as const
    const setup = await start({ before, simulator: { faults } })
    expect(await setup.run()).toBe('stopped-before-secret')
    expect(texts(setup.told)).toMatch(/95011[\s\S]*自建应用的 Secret/)
  })

  it('without an account is not the end of the way', async () => {
    const setup = await start({ before, simulator: { accounts: [] } })
    expect(await setup.run()).toBe('stopped-before-secret')
    expect(texts(setup.told)).toMatch(/没有可用的客服账号/)
  })
})

describe('the command', () => {
  async function run(argv: readonly string[]) {
    let written = ''
    const write = (text: string) => {
      written += text
    }
    return { code: await runCli({ argv, env: {}, stdout: write, stderr: write }), written }
  }

  it('wants a terminal or a file', async () => {
    expect(await run(['setup'])).toEqual({ code: 2, written: expect.stringContaining('--from FILE') })
    expect(await run(['setup', '--from', '/nowhere'])).toEqual({
      code: 2,
      written: expect.stringContaining('/nowhere 不存在'),
    })
  })

  it('can be left by Ctrl-C at any question, in English, too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kefu-setup-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const main = join(import.meta.dirname, '../../../../bridge/cli/main.ts')
    const env = { PATH: process.env.PATH, HOME: folder, KEFU_LANG: 'en' }
    const pty = startPty(`${process.execPath} ${main} setup`, { cwd: folder, env })
    onTestFinished(() => pty.kill())
    await pty.until('Which way to Customer Service?')
    pty.type(KEYS.ctrlC)
    await pty.until('Stopped; what was written stays')
    expect(await pty.ended()).toBe(1)
  })
})
