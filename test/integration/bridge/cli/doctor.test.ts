/** Every fault that can be switched on, and the line that the doctor has for it. The Worker is the real one, WeCom is the simulator. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'amqplib'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createTestHarness } from 'wrangler'
import { inspectRabbitmq } from '../../../../bridge/bus/inspect-rabbitmq.ts'
import { createTopology, declareTopology } from '../../../../bridge/bus/topology.ts'
import { CHECKS } from '../../../../bridge/cli/doctor/checks.ts'
import { type InstallationDeps, openInstallation } from '../../../../bridge/cli/doctor/installation.ts'
import { COMMON_FINDINGS, runChecks } from '../../../../bridge/cli/doctor/run-checks.ts'
import { runCli } from '../../../../bridge/cli/run-cli.ts'
import { createMetaStore } from '../../../../bridge/store/meta-store.ts'
import { openDatabase } from '../../../../bridge/store/open-database.ts'
import packageJson from '../../../../package.json' with { type: 'json' }
import { encryptCallback, importCallbackKey } from '../../../../shared/callback-cipher.ts'
import { signCallback } from '../../../../shared/callback-signature.ts'
import type { EdgeStatus } from '../../../../shared/edge-status.ts'
import { createSimulator, type Simulator } from '../../../simulator/create-simulator.ts'
import { isMissing } from '../../../support/available-servers.ts'
import { freePort } from '../../../support/free-port.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { sharedPostgresDatabase, sharedRabbitmq } from '../../../support/shared-servers.ts'
import { type StandInModel, startStandInModel } from '../../../support/stand-in-model.ts'

const CORP_ID = 'ww1234567890doctor'
const SECRETS = {
  WECHAT_CORP_ID: CORP_ID,
  WECHAT_TOKEN: 'callbackTokenOfTheTest',
  WECHAT_AESKEY: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG',
  BRIDGE_TOKEN: 'bridge-secret-of-thirty-two-chars',
}
const WECHAT_SECRET = 'the-secret-that-nobody-may-see'
const MODEL_KEY = 'the-key-that-nobody-may-see'
const GIB = 1024 ** 3

const edge = createTestHarness({ workers: [{ configPath: './wrangler.toml', secrets: SECRETS }] })
let simulator: Simulator
let model: StandInModel
let base: Record<string, string>

beforeAll(async () => {
  const [listening, startedSimulator, startedModel] = await Promise.all([
    edge.listen(),
    createSimulator({
      corpId: CORP_ID,
      secret: WECHAT_SECRET,
      callback: { token: SECRETS.WECHAT_TOKEN, aesKey: SECRETS.WECHAT_AESKEY },
      accounts: [{ name: '售前' }, { name: '没给的', openKfId: 'wkForeign', authorised: false }],
    }),
    startStandInModel({ apiKey: MODEL_KEY }),
  ])
  simulator = startedSimulator
  model = startedModel
  base = {
    ...SECRETS,
    EDGE_URL: listening.url.origin,
    WECHAT_SECRET,
    WECHAT_API_BASE: simulator.apiBase,
    DEEPSEEK_API_KEY: MODEL_KEY,
    DEEPSEEK_BASE_URL: model.baseUrl,
    PORT: String(await freePort()),
  }
})
afterAll(() => Promise.all([edge.close(), simulator.close(), model.close()]))
afterEach(() => {
  simulator.clearFaults()
  model.behave(undefined)
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kefu-doctor-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

interface ExamineOptions extends Partial<Omit<InstallationDeps, 'env'>> {
  env?: Record<string, string>
}

/** Every code that came up here. */
const seen = new Set<string>()

/** What the named checks find on this installation; nothing secret may be in it. */
async function examine(names: string | readonly string[], { env = {}, ...deps }: ExamineOptions = {}) {
  const all = { ...base, DATA_DIR: newFolder(), ...env }
  const installation = openInstallation({ devVars: {}, freeBytes: async () => 50 * GIB, ...deps, env: all })
  try {
    const wanted = CHECKS.filter(({ name }) => [names].flat().includes(name))
    const findings = (await runChecks(wanted, installation)).flatMap((result) => result.findings)
    expectNoSecret(JSON.stringify(findings), all)
    for (const { code } of findings) seen.add(code)
    return findings
  } finally {
    await installation.close()
  }
}

async function codes(names: string | readonly string[], options?: ExamineOptions): Promise<string[]> {
  return (await examine(names, options)).map(({ code }) => code)
}

function expectNoSecret(text: string, env: Readonly<Record<string, string | undefined>>): void {
  const names = ['WECHAT_SECRET', 'WECHAT_TOKEN', 'WECHAT_AESKEY', 'BRIDGE_TOKEN', 'DEEPSEEK_API_KEY']
  for (const name of names) if (env[name]) expect(text).not.toContain(env[name])
}

/** A server in the edge's place; ends with the test. */
async function standIn(handle: RequestListener): Promise<string> {
  const server = createServer(handle)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const STATUS: EdgeStatus = {
  version: packageJson.version,
  isCurrentSecret: true,
  urlCheckedAt: 1,
  lastCallbackAt: 1,
  refused: undefined,
  databaseId: undefined,
  bridgeConnected: true,
  bridgeSeenAt: 1,
  pending: 0,
  oldestAgeMs: 0,
}
const standInStatus = (change: Partial<EdgeStatus>) =>
  standIn((_request, response) => response.end(JSON.stringify({ ...STATUS, ...change })))

describe('doctor', () => {
  it('has every check in its table under one name, and explains each finding in both languages', () => {
    expect(new Set(CHECKS.map(({ name }) => name)).size).toBe(CHECKS.length)
    for (const { findings } of CHECKS) {
      for (const { level, says, todo } of Object.values(findings)) {
        expect(says.zh).toMatch(/\p{Script=Han}|\{/u)
        expect(says.en).not.toMatch(/\p{Script=Han}/u)
        expect([level, todo !== undefined]).toEqual([level, level === 'warning' || level === 'failure'])
        // What is put in must be named alike in both.
        const names = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort()
        expect(names(says.en)).toEqual(names(says.zh))
      }
    }
  })

  it('finds nothing to mend where nothing is wrong, and ends with 0', async () => {
    const { code, out } = await run(['doctor', '--json'], { DATA_DIR: newFolder() })
    const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: { code: string; level: string }[] }
    expect([code, ok]).toEqual([0, true])
    expect(checks.filter(({ level }) => level === 'failure')).toEqual([])
    for (const name of ['edge.ok', 'url-check.ok', 'platform.ok', 'accounts.ok', 'model.ok', 'clock.ok']) {
      expect(checks.map((check) => check.code)).toContain(name)
    }
  })

  it('ends with 1 when something is to mend, a line each with what to do, in either language', async () => {
    const change = { DATA_DIR: newFolder(), WECHAT_SECRET: 'wrong' }
    const chinese = await run(['doctor'], change)
    expect(chinese.code).toBe(1)
    expect(chinese.out).toMatch(/^✓ 边缘/m)
    expect(chinese.out).toMatch(/^✗ 微信客服平台 {2}40001 .*\[platform\.40001\]\n {4}怎么办：核对 WECHAT_SECRET/m)
    expect((await run(['doctor', '--lang', 'en'], change)).out).toMatch(/^✗ WeCom's API {2}40001, the secret/m)
    const english = await run(['doctor'], { ...change, KEFU_LANG: 'en' })
    expect(english.out).toMatch(/^ {4}What to do: /m)
    for (const { out } of [chinese, english]) expectNoSecret(out, base)
  })

  it('is an answer in time also from a check that hangs or fails', async () => {
    const installation = openInstallation({ env: {}, devVars: {} })
    let wasEnded = false
    const hanging = {
      ...{ name: 'hangs', about: { zh: '', en: '' }, findings: {}, deadlineMs: 30 },
      run: (_installation: unknown, signal: AbortSignal) => {
        signal.addEventListener('abort', () => {
          wasEnded = true
        })
        return new Promise<[]>(() => {})
      },
    }
    const failing = { ...hanging, name: 'fails', run: () => Promise.reject(new TypeError(`quotes ${WECHAT_SECRET}`)) }
    const results = await runChecks([hanging, failing], installation)
    const findings = results.flatMap((result) => result.findings)
    expect(findings.map(({ code }) => code)).toEqual(['hangs.no-answer', 'fails.unexpected'])
    expect(findings.map(({ level }) => level)).toEqual(Object.values(COMMON_FINDINGS).map(({ level }) => level))
    expect(JSON.stringify(findings)).not.toContain(WECHAT_SECRET)
    expect(wasEnded).toBe(true)
  })
})

async function run(argv: readonly string[], change: Record<string, string>) {
  const out: string[] = []
  const env = { ...base, ...change }
  const write = (text: string) => void out.push(text)
  const code = await runCli({ argv, env, stdout: write, stderr: write })
  return { code, out: out.join('') }
}

describe('settings and Node', () => {
  it('names each fault of the settings', async () => {
    const findings = await examine('settings', { env: { BRIDGE_TOKEN: 'short', PORT: 'x' } })
    expect(findings.map(({ code }) => code)).toEqual(['settings.wrong', 'settings.wrong'])
    expect(findings.map(({ says }) => says.zh)).toEqual([
      expect.stringMatching(/^BRIDGE_TOKEN 至少 16 个字符$/),
      expect.stringMatching(/^PORT 须为整数$/),
    ])
    for (const { says } of findings) expect(says.en).toMatch(/^[A-Z_]+ must /)
  })

  it('names what is no longer used', async () => {
    expect(await codes('settings', { env: { SSL_KEYFILE_PATH: '/x' } })).toEqual(['settings.obsolete'])
  })

  it.skipIf(process.platform === 'win32')('names a file of secrets that others can read', async () => {
    const [folder, before] = [newFolder(), process.cwd()]
    writeFileSync(join(folder, '.env'), '', { mode: 0o600 })
    process.chdir(folder)
    onTestFinished(() => process.chdir(before))
    expect(await codes('settings')).toEqual(['settings.ok'])
    chmodSync('.env', 0o644)
    expect(await codes('settings')).toEqual(['settings.readable'])
  })

  it.each([
    ['24.11.9', 'node.too-old'],
    ['20.20.0', 'node.too-old'],
    ['24.12.0', 'node.ok'],
    ['26.1.0', 'node.ok'],
  ])('judges Node %s: %s', async (nodeVersion, code) => {
    expect(await codes('node', { nodeVersion })).toEqual([code])
  })
})

describe('the edge', () => {
  it('accepts the secret; that no console and no bridge have come is a warning', async () => {
    expect(await codes('edge')).toEqual(['edge.ok', 'edge.never-checked', 'edge.no-bridge'])
  })

  it.each<[string, Record<string, string>]>([
    ['edge.secret-wrong', { BRIDGE_TOKEN: 'another-secret-of-thirty-two-char' }],
    ['edge.secret-wrong', { WECHAT_CORP_ID: 'ww-other' }],
    ['edge.unset', { EDGE_URL: 'nonsense' }],
    ['edge.name', { EDGE_URL: 'https://nowhere.invalid' }],
  ])('has a line for %s: %j', async (code, env) => {
    expect(await codes('edge', { env })).toContain(code)
  })

  it('has a line for an edge that is down', async () => {
    expect(await codes('edge', { env: { EDGE_URL: `http://127.0.0.1:${await freePort()}` } })).toEqual(['edge.refused'])
  })

  it.each<[string, string]>([
    ['tls', 'CERT_HAS_EXPIRED'],
    ['tls', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['network', 'ECONNRESET'],
    ['timeout', 'UND_ERR_CONNECT_TIMEOUT'],
  ])('has a line for %s: %s', async (key, code) => {
    const fail = () => Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error(), { code }) }))
    expect(await codes('edge', { fetch: fail as typeof fetch })).toEqual([`edge.${key}`])
  })

  it.each<[string, (path: string) => [number, string]]>([
    ['edge.not-the-worker', () => [200, '<html>hello</html>']],
    ['edge.not-the-worker', () => [403, '<html>Just a moment…</html>']],
    ['edge.not-the-worker', () => [503, '<html>Bad Gateway</html>']],
    ['edge.outdated', (path) => (path === '/healthz' ? [200, '{"mailbox":"up"}'] : [404, ''])],
    ['edge.mailbox-down', (path) => [503, path === '/healthz' ? '{"mailbox":"down"}' : '']],
    ['edge.settings-wrong', () => [503, '']],
  ])('has a line for what else may answer: %s', async (code, answer) => {
    const url = await standIn(({ url: path = '' }, response) => {
      const [status, body] = answer(path)
      response.writeHead(status).end(body)
    })
    expect(await codes('edge', { env: { EDGE_URL: url } })).toEqual([code])
  })

  it.each<[string, Partial<EdgeStatus>]>([
    ['edge.other-version', { version: '0.0.1' }],
    ['edge.previous-secret', { isCurrentSecret: false }],
    ['edge.no-bridge', { bridgeConnected: false }],
    ['edge.mail-waits', { pending: 3, oldestAgeMs: 61_000 }],
    ['edge.callbacks-signature-wrong', { refused: { reason: 'signature-wrong', at: Date.now() } }],
    ['edge.callbacks-undecryptable', { refused: { reason: 'undecryptable', at: Date.now() } }],
    ['edge.callbacks-receiver-wrong', { refused: { reason: 'receiver-wrong', at: Date.now() } }],
    ['edge.never-checked', { urlCheckedAt: undefined, lastCallbackAt: undefined }],
  ])('says what its status means: %s', async (code, change) => {
    expect(await codes('edge', { env: { EDGE_URL: await standInStatus(change) } })).toEqual(['edge.ok', code])
  })

  it('says when the mailbox belongs to another database, and not when to this one', async () => {
    const DATA_DIR = newFolder()
    const log = createRecordingLogger()
    const database = await openDatabase({ url: undefined, dataDir: DATA_DIR, poolSize: 1, log })
    const databaseId = await createMetaStore(database).databaseId()
    await database.close()
    const at = async (id: string) => ({ env: { DATA_DIR, EDGE_URL: await standInStatus({ databaseId: id }) } })
    expect(await codes('edge', await at('another'))).toEqual(['edge.ok', 'edge.other-database'])
    expect(await codes('edge', await at(databaseId))).toEqual(['edge.ok'])
  })

  it('lets a refusal be that was followed by callbacks, or is long past', async () => {
    const at = Date.now() - 3_600_000
    const later = await standInStatus({ refused: { reason: 'signature-wrong', at }, lastCallbackAt: Date.now() })
    expect(await codes('edge', { env: { EDGE_URL: later } })).toEqual(['edge.ok'])
    const mended = await standInStatus({ refused: { reason: 'undecryptable', at }, urlCheckedAt: Date.now() })
    expect(await codes('edge', { env: { EDGE_URL: mended } })).toEqual(['edge.ok'])
    const old = await standInStatus({ refused: { reason: 'signature-wrong', at: at - 86_400_000 } })
    expect(await codes('edge', { env: { EDGE_URL: old } })).toEqual(['edge.ok'])
  })

  it.each([
    ['edge.workers-dev', 'https://kefu.somebody.workers.dev'],
    ['edge.plain-http', 'http://kefu.example.com'],
  ])('warns of the address: %s', async (code, EDGE_URL) => {
    const answer = async () => new Response(JSON.stringify(STATUS))
    expect(await codes('edge', { env: { EDGE_URL }, fetch: answer as typeof fetch })).toEqual(['edge.ok', code])
  })
})

describe('the clock', () => {
  it.each([
    ['clock.ok', 2],
    ['clock.doubtful', 20],
    ['clock.wrong', 90],
    ['clock.wrong', -90],
  ])('is %s when the edge is %i s ahead', async (code, seconds) => {
    const date = new Date(Date.now() + seconds * 1000).toUTCString()
    const url = await standIn((_request, response) => response.writeHead(401, { date }).end())
    const env = { EDGE_URL: url }
    expect(await codes('clock', { env })).toEqual([code])
    const isWrong = code === 'clock.wrong'
    expect(await codes('edge', { env })).toEqual([isWrong ? 'edge.clock-wrong' : 'edge.secret-wrong'])
  })

  it('is compared with the platform where the edge is away, and with nobody where both are', async () => {
    const env = { EDGE_URL: `http://127.0.0.1:${await freePort()}` }
    expect(await codes('clock', { env })).toEqual(['clock.ok'])
    const nowhere = { ...env, WECHAT_API_BASE: `http://127.0.0.1:${await freePort()}/cgi-bin` }
    expect(await codes('clock', { env: nowhere })).toEqual(['clock.unknown'])
    expect(await codes('clock', { env: { EDGE_URL: '', WECHAT_SECRET: '' } })).toEqual(['clock.unset'])
  })
})

describe('the URL check', () => {
  it.each<[string, Record<string, string>]>([
    ['url-check.ok', {}],
    ['url-check.token-wrong', { WECHAT_TOKEN: 'anotherToken' }],
    ['url-check.aeskey-wrong', { WECHAT_AESKEY: randomBytes(32).toString('base64').slice(0, 43) }],
    ['url-check.bad-key', { WECHAT_AESKEY: 'short' }],
    ['url-check.unknown', { WECHAT_AESKEY: '' }],
    // Another corp id is refused by the status already, so nobody says why.
    ['url-check.refused', { WECHAT_CORP_ID: 'ww-other', BRIDGE_TOKEN: 'another-secret-of-thirty-two-char' }],
  ])('has a line for %s: %j', async (code, env) => {
    expect(await codes('url-check', { env })).toEqual([code])
  })

  it('takes Token and AESKey from .dev.vars, too', async () => {
    const { WECHAT_TOKEN, WECHAT_AESKEY } = SECRETS
    const env = { WECHAT_TOKEN: '', WECHAT_AESKEY: '' }
    expect(await codes('url-check', { env, devVars: { WECHAT_TOKEN, WECHAT_AESKEY } })).toEqual(['url-check.ok'])
  })

  it('names another corp id where the Worker says so', async () => {
    const refused = { reason: 'receiver-wrong', at: Date.now() }
    const url = await standIn(({ url: path = '' }, response) => {
      if (path === '/status') return response.end(JSON.stringify({ ...STATUS, refused }))
      return response.writeHead(403).end()
    })
    expect(await codes('url-check', { env: { EDGE_URL: url } })).toEqual(['url-check.corp-wrong'])
  })

  it('has a line for a wall in front of the Worker, and for one that is away', async () => {
    const wall = await standIn((_request, response) => response.writeHead(403).end('<html>blocked</html>'))
    expect(await codes('url-check', { env: { EDGE_URL: wall } })).toEqual(['url-check.blocked'])
    const away = { EDGE_URL: `http://127.0.0.1:${await freePort()}` }
    expect(await codes('url-check', { env: away })).toEqual(['url-check.unreachable'])
  })

  it('has a line for a right answer that is too late for the console', async () => {
    const slow: typeof fetch = async (...args) => {
      const response = await fetch(...args)
      await new Promise((resolve) => setTimeout(resolve, 1_050))
      return response
    }
    expect(await codes('url-check', { fetch: slow })).toEqual(['url-check.slow'])
  })
})

describe('the platform', () => {
  const known = CHECKS.find(({ name }) => name === 'platform')?.findings ?? {}
  const errcodes = Object.keys(known).filter((key) => /^\d+$/.test(key))

  it('has lines for what stops people most', () => {
    const most = ['40001', '40013', '42001', '45009', '48002', '48007', '60020', '60030', '95011', '95012', '95017']
    for (const code of most) {
      expect(errcodes).toContain(code)
    }
  })

  it.each(errcodes)('has a line for %s, which says where to mend it', async (errcode) => {
    simulator.addFault({ endpoint: 'kf/account/list', action: { kind: 'errcode', errcode: Number(errcode) } })
    const [finding, ...more] = await examine(['platform', 'accounts'])
    expect(finding?.code).toBe(`platform.${errcode}`)
    expect(finding?.says.zh).toContain('hint')
    expect(more.map(({ code }) => code)).toEqual(['accounts.unknown'])
  })

  it('says which address is to be trusted', async () => {
    simulator.addFault({ endpoint: 'kf/account/list', action: { kind: 'errcode', errcode: 60020 } })
    const [finding] = await examine('platform')
    expect(finding?.says.zh).toMatch(/IP (::ffff:)?127\.0\.0\.1/)
    expect(finding?.todo?.zh).toMatch(/企业可信IP/)
  })

  it.each<[string, Record<string, string>]>([
    ['platform.40001', { WECHAT_SECRET: 'a-wrong-one' }],
    ['platform.40013', { WECHAT_CORP_ID: 'ww-other' }],
    ['platform.unset', { WECHAT_SECRET: '' }],
  ])('has a line for %s: %j', async (code, env) => {
    expect((await codes('platform', { env }))[0]).toBe(code)
  })

  it('has a line for a code that nobody knows, and for no answer', async () => {
    simulator.addFault({ endpoint: 'kf/account/list', action: { kind: 'errcode', errcode: 99999 } })
    const [unknown] = await examine('platform')
    expect(unknown?.code).toBe('platform.refused')
    expect(unknown?.says.en).toMatch(/^99999 /)
    expect(unknown?.says.en).not.toMatch(/\p{Script=Han}/u)
    simulator.clearFaults()
    simulator.addFault({ endpoint: 'gettoken', action: { kind: 'errcode', errcode: 60020 } })
    expect(await codes('platform')).toEqual(['platform.60020'])
    const env = { WECHAT_API_BASE: `http://127.0.0.1:${await freePort()}/cgi-bin` }
    expect(await codes('platform', { env })).toEqual(['platform.unreachable'])
    simulator.clearFaults()
    simulator.addFault({ endpoint: 'kf/account/list', action: { kind: 'html', status: 502 } })
    expect(await codes('platform')).toEqual(['platform.unreachable'])
  })

  it('does not ask again for a while with a secret that was refused', async () => {
    const env = { DATA_DIR: newFolder(), WECHAT_SECRET: 'a-wrong-one' }
    await (
      await openDatabase({ url: undefined, dataDir: env.DATA_DIR, poolSize: 1, log: createRecordingLogger() })
    ).close()
    expect(await codes('platform', { env })).toEqual(['platform.40001', 'platform.held'])
    const before = simulator.calls().gettoken
    const [finding, held] = await examine('platform', { env })
    expect([finding?.code, held?.code, held?.values.minutes]).toEqual(['platform.40001', 'platform.held', 10])
    expect(simulator.calls().gettoken).toBe(before)
    // Another secret is tried at once.
    expect(await codes('platform', { env: { DATA_DIR: env.DATA_DIR } })).toEqual(['platform.ok'])
  })
})

describe('the accounts', () => {
  it('are counted and named, and those that were not given are told apart', async () => {
    expect(await codes('accounts')).toEqual(['accounts.ok'])
    simulator.setSwitches({ accountListShowsForeign: true })
    onTestFinished(() => void simulator.setSwitches({ accountListShowsForeign: false }))
    const findings = await examine('accounts')
    expect(findings.map(({ code, values }) => [code, values.names])).toEqual([
      ['accounts.ok', { zh: '售前', en: '售前' }],
      ['accounts.not-assigned', { zh: '没给的', en: '没给的' }],
    ])
  })

  it('have a line when there is none', async () => {
    const empty = async (input: string | URL | Request) =>
      Response.json(
        String(input).includes('gettoken')
          ? { errcode: 0, access_token: 'token', expires_in: 7200 }
          : { errcode: 0, account_list: [] },
      )
    expect(await codes(['platform', 'accounts'], { fetch: empty as typeof fetch })).toEqual([
      'platform.ok',
      'accounts.none',
    ])
  })
})

describe('the database', () => {
  it('may be one that is not there yet, in a folder that can be written to', async () => {
    expect(await codes('database')).toEqual(['database.new', 'database.disk-ok'])
    expect(await codes('database', { env: { DATA_DIR: '/proc/nowhere' } })).toContain('database.read-only')
  })

  it('is opened, written to and left as it was', async () => {
    const DATA_DIR = newFolder()
    const database = await openDatabase({
      url: undefined,
      dataDir: DATA_DIR,
      poolSize: 1,
      log: createRecordingLogger(),
    })
    const before = await database.all('select * from migration')
    const findings = await examine('database', { env: { DATA_DIR } })
    expect(findings.map(({ code }) => code)).toEqual(['database.ok', 'database.disk-ok'])
    expect(findings[0]?.values.engine).toMatch(/^SQLite 3\./)
    expect(await database.all('select * from migration')).toEqual(before)
    await database.run('insert into migration (no, at) values (999, 0)')
    expect(await codes('database', { env: { DATA_DIR } })).toContain('database.too-new')
    await database.run('delete from migration')
    expect(await codes('database', { env: { DATA_DIR } })).toContain('database.to-migrate')
    await database.close()
  })

  it('has a line for a file that is none of SQLite, and for a wrong setting', async () => {
    const DATA_DIR = newFolder()
    mkdirSync(join(DATA_DIR, 'kefu.sqlite'))
    expect(await codes('database', { env: { DATA_DIR } })).toContain('database.unavailable')
    expect(await codes('database', { env: { DATABASE_URL: 'mysql://nowhere' } })).toEqual(['database.unset'])
  })

  it.each([
    ['database.disk-full', 0.1],
    ['database.disk-low', 0.5],
    ['database.disk-ok', 2],
  ])('has a line for the disk: %s with %f GiB left', async (code, gib) => {
    expect(await codes('database', { freeBytes: async () => gib * GIB })).toEqual(['database.new', code])
  })

  it('has a line for PostgreSQL that is down', async () => {
    const env = { DATABASE_URL: `postgres://kefu:password@127.0.0.1:${await freePort()}/kefu` }
    expect(await codes('database', { env })).toContain('database.unavailable')
  })

  it('has a line for a user or password that PostgreSQL refuses', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined)
      // https://www.postgresql.org/docs/current/protocol-message-formats.html: ErrorResponse
      socket.once('data', () => {
        const fields = Buffer.from('SFATAL\0C28P01\0Mpassword authentication failed\0\0')
        const head = Buffer.from([0x45, 0, 0, 0, fields.length + 4])
        socket.end(Buffer.concat([head, fields]))
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const env = { DATABASE_URL: `postgres://kefu:password@127.0.0.1:${(server.address() as AddressInfo).port}/kefu` }
    expect(await codes('database', { env })).toContain('database.login-refused')
  })

  it.skipIf(isMissing('postgres'))('has lines for PostgreSQL that is there', async () => {
    const url = await sharedPostgresDatabase()
    await (await openDatabase({ url, dataDir: '', poolSize: 1, log: createRecordingLogger() })).close()
    const [finding] = await examine('database', { env: { DATABASE_URL: url } })
    expect([finding?.code, finding?.values.engine]).toEqual(['database.ok', expect.stringMatching(/^PostgreSQL \d/)])
    const other = new URL(url)
    other.pathname = '/there-is-no-such-database'
    expect(await codes('database', { env: { DATABASE_URL: other.href } })).toContain('database.not-created')
    const readOnly = new URL(url)
    readOnly.searchParams.set('options', '-c default_transaction_read_only=on')
    expect(await codes('database', { env: { DATABASE_URL: readOnly.href } })).toEqual(
      expect.arrayContaining([expect.stringMatching(/^database\.(read-only|unavailable)$/)]),
    )
  })
})

describe('RabbitMQ', () => {
  it('may be left out', async () => {
    expect(await codes('rabbitmq')).toEqual(['rabbitmq.unused'])
  })

  it('has a line when it is down', async () => {
    const env = { RABBITMQ_HOST: '127.0.0.1', RABBITMQ_PORT: String(await freePort()) }
    expect(await codes('rabbitmq', { env })).toEqual(['rabbitmq.unreachable'])
  })

  it.skipIf(isMissing('rabbitmq'))('has lines for its user, its queues and what is in them', async () => {
    const address = await sharedRabbitmq()
    const DATA_DIR = newFolder()
    const log = createRecordingLogger()
    const database = await openDatabase({ url: undefined, dataDir: DATA_DIR, poolSize: 1, log })
    const databaseId = await createMetaStore(database).databaseId()
    await database.close()
    const env = {
      DATA_DIR,
      RABBITMQ_HOST: address.host,
      RABBITMQ_PORT: String(address.port),
      RABBITMQ_USERNAME: address.username,
      RABBITMQ_PASSWORD: address.password,
      RABBITMQ_VHOST: address.vhost,
    }
    expect(await codes('rabbitmq', { env: { ...env, RABBITMQ_PASSWORD: 'wrong' } })).toEqual(['rabbitmq.unreachable'])
    expect(await codes('rabbitmq', { env })).toEqual(['rabbitmq.new'])
    const missing = createTopology(databaseId).queues.map(({ name }) => name)
    expect(await inspectRabbitmq(address, databaseId)).toEqual({ kind: 'reached', queues: [], missing, misfits: [] })

    const connection = await connect({ ...address, hostname: address.host })
    onTestFinished(() => connection.close())
    const channel = await connection.createConfirmChannel()
    const topology = createTopology(databaseId)
    const [dead, queue, ...rest] = topology.queues
    await declareTopology(channel, topology)
    expect(await codes('rabbitmq', { env })).toEqual(['rabbitmq.ok'])

    channel.sendToQueue(queue?.name ?? '', Buffer.from('{}'))
    channel.sendToQueue(dead?.name ?? '', Buffer.from('{}'))
    await channel.waitForConfirms()
    expect((await codes('rabbitmq', { env })).sort()).toEqual(['rabbitmq.dead', 'rabbitmq.nobody-listens'])

    await channel.prefetch(1)
    await channel.consume(queue?.name ?? '', () => undefined)
    expect(await codes('rabbitmq', { env })).toEqual(['rabbitmq.dead'])
    for (let sent = 0; sent <= 1_001; sent += 1) channel.sendToQueue(queue?.name ?? '', Buffer.from('{}'))
    await channel.waitForConfirms()
    expect((await codes('rabbitmq', { env })).sort()).toEqual(['rabbitmq.backlog', 'rabbitmq.dead'])

    const other = rest[0]?.name ?? ''
    await channel.deleteQueue(other)
    await channel.assertQueue(other, { durable: true })
    const findings = await examine('rabbitmq', { env })
    expect(findings.map(({ code }) => code)).toContain('rabbitmq.other-arguments')
    expect(findings.find(({ code }) => code === 'rabbitmq.other-arguments')?.todo?.en).toContain(other)
    for (const { name } of topology.queues) await channel.deleteQueue(name)
  })
})

describe('the model', () => {
  it.each([
    ['model.key-wrong', 401],
    ['model.no-balance', 402],
    ['model.not-found', 404],
    ['model.refused', 422],
    ['model.busy', 429],
    ['model.busy', 503],
    ['model.not-allowed', 403],
    ['model.unreachable', 500],
  ])('has a line for %s: HTTP %i', async (code, status) => {
    model.behave({ kind: 'status', status })
    expect(await codes('model')).toEqual([code])
  })

  // The codes of Ark, whose status alone says the wrong thing.
  it.each([
    ['model.model-closed', 404, 'ModelNotOpen'],
    ['model.not-found', 404, 'InvalidEndpointOrModel.NotFound'],
    ['model.no-balance', 403, 'AccountOverdueError'],
    ['model.not-allowed', 403, 'AccessDenied'],
    ['model.blocked', 400, 'SensitiveContentDetected'],
    ['model.busy', 429, 'ServerOverloaded'],
  ])('has a line for %s: HTTP %i %s', async (code, status, vendorCode) => {
    model.behave({ kind: 'status', status, code: vendorCode })
    const [finding] = await examine('model')
    expect(finding?.code).toBe(code)
    if (code !== 'model.blocked') expect(finding?.says.en).toContain(`${status} ${vendorCode}`)
  })

  it('has a line for an app that is not as it must be', async () => {
    const url = await standIn((request, response) => {
      request.resume()
      const fault = { code: 'app_unavailable', message: 'App unavailable', status: 400 }
      response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify(fault))
    })
    const [finding] = await examine('model', { env: { DIFY_API_KEY: 'k', DIFY_BASE_URL: url, ANSWERER: 'dify' } })
    expect([finding?.code, finding?.values.status]).toEqual(['model.app-unusable', '400 app_unavailable'])
  })

  it('that says nothing is no answer when the time is up', async () => {
    model.behave({ kind: 'silence' })
    const installation = openInstallation({ env: { ...base, DATA_DIR: newFolder() }, devVars: {} })
    const asked = CHECKS.filter(({ name }) => name === 'model').map((check) => ({ ...check, deadlineMs: 200 }))
    const [result] = await runChecks(asked, installation)
    expect(result?.findings.map(({ code }) => code)).toEqual(['model.no-answer'])
    await installation.close()
  })

  it('answers one greeting, and is named', async () => {
    const before = model.requests.length
    const [finding] = await examine('model')
    expect([finding?.code, finding?.values.name]).toEqual(['model.ok', 'deepseek'])
    expect(model.requests.length).toBe(before + 1)
  })

  it('has a line for a server that is down, and looks at the one that stands in, too', async () => {
    const away = `http://127.0.0.1:${await freePort()}`
    expect(await codes('model', { env: { DEEPSEEK_BASE_URL: away } })).toEqual(['model.unreachable'])
    const env = { OPENAI_API_KEY: 'x', OPENAI_BASE_URL: away, OPENAI_MODEL: 'm', ANSWERER_FALLBACK: 'openai' }
    expect(await codes('model', { env })).toEqual(['model.ok', 'model.unreachable'])
  })

  it('has a line when none is configured', async () => {
    expect(await codes('model', { env: { DEEPSEEK_API_KEY: '', ROLES: 'console' } })).toEqual(['model.none'])
  })

  it.each(['embedding', 'rerank'])('is asked for vectors and order where they are set: %s', async (name) => {
    expect(await codes(name)).toEqual([`${name}.unused`])
    const kinds = {
      embedding: { data: [{ index: 0, embedding: [0.1, 0.2] }] },
      rerank: { results: [{ index: 0, relevance_score: 0.9 }] },
    }
    let status = 200
    const url = await standIn((request, response) => {
      request.resume()
      const body = kinds[name as keyof typeof kinds]
      // Nobody waits so long: what may pass is told at once.
      response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '600' }).end(JSON.stringify(body))
    })
    const prefix = name.toUpperCase()
    const env = { [`${prefix}_API_KEY`]: 'k', [`${prefix}_BASE_URL`]: url, [`${prefix}_MODEL`]: 'm' }
    expect(await codes(name, { env })).toEqual([`${name}.ok`])
    const refusals = { 401: 'key-wrong', 402: 'no-balance', 403: 'not-allowed', 404: 'not-found', 422: 'refused' }
    for (const [one, key] of Object.entries({ ...refusals, 429: 'busy', 500: 'unreachable' })) {
      status = Number(one)
      expect(await codes(name, { env })).toEqual([`${name}.${key}`])
    }
  })
})

describe('what pictures and voices need', () => {
  const answer = (status: number, body: unknown) =>
    standIn((request, response) => {
      request.resume()
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  const settings = (prefix: string, url: string) => ({
    env: { [`${prefix}_API_KEY`]: 'k', [`${prefix}_BASE_URL`]: url, [`${prefix}_MODEL`]: 'm' },
  })

  it.each<[string, number, unknown]>([
    ['speech.ok', 200, { text: '' }],
    ['speech.account', 401, {}],
    ['speech.account', 402, {}],
    ['speech.refused', 400, {}],
    ['speech.unreachable', 503, {}],
  ])('is half a second of silence: %s', async (code, status, body) => {
    const [finding] = await examine('speech', settings('ASR', await answer(status, body)))
    expect(finding?.code).toBe(code)
    if (code === 'speech.account') expect(finding?.says.zh).toContain(String(status))
  })

  it.each<[string, number, unknown]>([
    ['vision.ok', 200, { choices: [{ message: { content: '一片白' } }] }],
    ['vision.failed', 401, {}],
    ['vision.failed', 200, {}],
  ])('is a white picture: %s, %i', async (code, status, body) => {
    expect(await codes('vision', settings('VISION', await answer(status, body)))).toEqual([code])
  })

  it('may be left out', async () => {
    const env = { DEEPSEEK_API_KEY: '', ASR_API_KEY: '' }
    expect(await codes(['vision', 'speech'], { env })).toEqual(['vision.unused', 'speech.unused'])
  })

  it('is on this machine, ffmpeg and the data of the reader', async () => {
    expect(await codes('programs', { hasFfmpeg: async () => true })).toEqual(['programs.ok'])
    expect(await codes('programs', { hasFfmpeg: async () => false })).toEqual(['programs.no-ffmpeg'])
    const ocrDataPath = (language: string) => (language === 'eng' ? undefined : import.meta.filename)
    expect(await codes('programs', { hasFfmpeg: async () => true, ocrDataPath })).toEqual(['programs.no-ocr-data'])
  })
})

describe('the bridge of this machine', () => {
  const at = (url: string) => ({ env: { PORT: new URL(url).port } })

  it('may not run, or not be one', async () => {
    expect(await codes('bridge')).toEqual(['bridge.not-running'])
    expect(await codes('bridge', { env: { ROLES: 'relay,reply' } })).toEqual(['bridge.unknown'])
    expect(await codes('bridge', at(await standIn((_request, response) => response.end('hello'))))).toEqual([
      'bridge.port-taken',
    ])
  })

  it('says which of its parts are down', async () => {
    const parts = [
      { name: 'database', up: true },
      { name: 'relay', up: false, reason: 'the edge refused this bridge (401)' },
    ]
    const answer = (up: boolean) =>
      standIn((_request, response) =>
        response.end(JSON.stringify({ ready: up, parts: up ? parts.slice(0, 1) : parts })),
      )
    expect(await codes('bridge', at(await answer(true)))).toEqual(['bridge.ok'])
    const [finding] = await examine('bridge', at(await answer(false)))
    expect([finding?.code, finding?.says]).toEqual([
      'bridge.not-ready',
      {
        zh: '边缘连接 中断：边缘拒绝了这个 bridge：两边的 BRIDGE_TOKEN、WECHAT_CORP_ID 要一致，本机时钟要准',
        en: 'relay is down: the edge refused this bridge (401)',
      },
    ])
  })
})

describe('the knowledge', () => {
  it('may be empty, or have documents that could not be read', async () => {
    expect(await codes('knowledge')).toEqual(['knowledge.unknown'])
    const DATA_DIR = newFolder()
    const log = createRecordingLogger()
    const database = await openDatabase({ url: undefined, dataDir: DATA_DIR, poolSize: 1, log })
    onTestFinished(() => database.close())
    expect(await codes('knowledge', { env: { DATA_DIR } })).toEqual(['knowledge.empty'])
    for (const state of ['ready', 'failed']) {
      await database.run(
        `insert into document (id, base, source, uri, kind, title, hash, state, synced_at) values (?1, 'b', 's', ?1, 'text', '', '', ?1, 0)`,
        state,
      )
    }
    expect(await codes('knowledge', { env: { DATA_DIR } })).toEqual(['knowledge.ok', 'knowledge.failed'])
  })
})

describe('the messages at hand', () => {
  it('have lines for what is late and what is parked', async () => {
    const DATA_DIR = newFolder()
    const database = await openDatabase({
      url: undefined,
      dataDir: DATA_DIR,
      poolSize: 1,
      log: createRecordingLogger(),
    })
    onTestFinished(() => database.close())
    const env = { DATA_DIR }
    expect(await codes('work', { env })).toEqual(['work.ok'])
    await database.run(
      `insert into parked (id, stage, key, conv, reason, body, at) values ('1', 'reply', 'k', '', 'r', '', 0)`,
    )
    await database.run(
      `insert into sync_state (open_kfid, wanted, done, due) values ('wk1', 1, 0, ?1)`,
      Date.now() - 120_000,
    )
    expect(await codes('work', { env })).toEqual(['work.late', 'work.parked'])
    await database.run("update sync_state set last_error = 'wecom.refused 95004', attempts = 2")
    const refused = (await examine('work', { env })).find(({ code }) => code === 'work.platform-refuses')
    expect(refused?.says.zh).toMatch(/1 件：95004 /)
    expect(refused?.todo?.en).toMatch(/^mend what the code says: the account was deleted /)
    await database.run("update sync_state set last_error = 'wecom.unreachable', attempts = 2")
    const away = (await examine('work', { env })).find(({ code }) => code === 'work.platform-refuses')
    expect(away?.says.zh).toBe('平台拒绝了 1 件：连不上微信平台')
    await database.run(
      `insert into conversation (id, open_kfid, external_userid, dirty, answered, attempts, last_error, created_at)
       values ('wk1:wm1', 'wk1', 'wm1', 2, 1, 3, 'answer.unavailable', 0)`,
    )
    expect(await codes('work', { env })).toContain('work.answers-fail')
    expect(await codes('work')).toEqual(['work.unknown'])
  })
})

describe('a probe of the doctor', () => {
  it('is not taken for the console, and a check of the console is', async () => {
    await codes('url-check')
    expect(await codes('edge')).toContain('edge.never-checked')
    const key = await importCallbackKey(SECRETS.WECHAT_AESKEY)
    const ciphertext = await encryptCallback(key, '5927782489442352469', CORP_ID)
    const [timestamp, nonce] = ['1700000000', '1']
    const signature = await signCallback({ token: SECRETS.WECHAT_TOKEN, timestamp, nonce, ciphertext })
    const query = new URLSearchParams({ msg_signature: signature, timestamp, nonce })
    const url = `${base.EDGE_URL}/callback?${query}&echostr=${encodeURIComponent(ciphertext)}`
    expect((await fetch(url)).status).toBe(200)
    await expect.poll(() => codes('edge')).not.toContain('edge.never-checked')
  })
})

describe('every finding of every check', () => {
  it.skipIf(isMissing('postgres') || isMissing('rabbitmq'))('came up above', () => {
    const all = CHECKS.flatMap(({ name, findings }) => Object.keys(findings).map((key) => `${name}.${key}`))
    // What pgvector is and lacks needs servers of several makes: store/vector-index.test.ts.
    expect(all.filter((code) => !seen.has(code) && !code.startsWith('database.pgvector'))).toEqual([])
  })
})
