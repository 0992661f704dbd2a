/**
 * The commands of the documents, taken from their text and run as a reader would, beside a running installation. Only what stands for a
 * reader's own (an id, a folder) is filled in. What can't be run here stands in a table with its reason, and the table has no idle row.
 */
import { execFile } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { type Stack, startStack } from '../support/start-stack.ts'
import { waitUntil } from '../support/wait-until.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const run = promisify(execFile)

/** Both languages have the same blocks: docs.test.ts sees to it. */
const DOCUMENTS = [
  ...['README.md', 'SECURITY.md'],
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md') && !name.endsWith('.zh-CN.md'))
    .map((name) => `docs/${name}`),
]

/** Each command once, in the order of the documents; one that goes on over several lines is one. */
const COMMANDS = [
  ...new Set(
    DOCUMENTS.flatMap((path) => [...read(path).matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)])
      .flatMap(([, block = '']) => block.replaceAll(/\\\n\s*/g, '').match(/^.*<<'(\w+)'\n[\s\S]*?^\1$|^.+$/gm) ?? [])
      .map((command) => command.trim())
      .filter((command) => !command.startsWith('#')),
  ),
]

/** Why a command is not run here. */
const ELSEWHERE: readonly (readonly [RegExp, string])[] = [
  [/^npm ci/, 'every run of CI begins with it'],
  [/^npm run (check|test:unit)$/, 'a step of CI'],
  [/^(npm start|npm run setup$|npm run kefu -- link$)/, 'going-live.test.ts runs the chapter of the README'],
  [/^WECHAT_API_BASE=\S+ npm run setup$/, 'going-live.test.ts: the same at a terminal'],
  [/^cat > answers /, 'setup.test.ts: the answers of a file'],
  [/^npm run setup -- --from/, 'setup.test.ts: the answers of a file'],
  [/^npm run simulator -- --(switch|callback)/, 'main.test.ts of the simulator; it goes on until it is ended'],
  [/^npm run deploy -- --dry-run/, 'deploy.test.ts runs it for real'],
  [/^npm run deploy -- --domain/, 'an account of Cloudflare; deploy.test.ts has a stand-in'],
  [/^npx wrangler (login|secret)/, 'an account of Cloudflare'],
  [/^npx wrangler dev$/, 'the Worker of this stack is started by it'],
  [/\bdocker compose /, 'Docker'],
  [/^(useradd|systemctl|install -[dm]|cp \S+ \/etc\/)/, 'changes the machine'],
  [/^(git clone|cd \/opt)/, 'changes the machine'],
  [/https:\/\/example\.com/, 'the network; ingest tests read pages and sitemaps'],
  [/^npm run kefu -- move /, 'PostgreSQL; portable.test.ts'],
  [/ restore .*--stopped-at/, 'backup.test.ts: it needs a bridge that has stopped'],
]

const isElsewhere = (command: string) => ELSEWHERE.some(([pattern]) => pattern.test(command))
const RUNNABLE = COMMANDS.filter((command) => !isElsewhere(command))

/** What a command must have done, where its exit code is not enough. */
const TELLS: readonly (readonly [RegExp, RegExp])[] = [
  [/doctor$/, /✓ 本机的 bridge/],
  [/trace MSGID/, /send_msg|发送|送出/],
  [/knowledge add (FOLDER|docs)/, /失败 0/],
  [/knowledge search/, /./],
  [/overview/, /"corpId"/],
  [/customerWrites/, /"msgid"/],
  [/--help/, /--|parked/],
]

let stack: Stack
let folder: string
let shell: Readonly<Record<string, string>>
let fill: (command: string) => string

beforeAll(async () => {
  stack = await startStack({ env: { BURST_QUIET_MS: '50' } })
  const { simulator } = stack
  const bridge = await stack.startBridge()
  await bridge.ready()
  const { externalUserId = '' } = simulator.overview().customers[0] ?? simulator.addCustomer({ name: '小雨' })
  const { openKfId = '' } = simulator.overview().accounts[0] ?? {}
  const { msgid } = simulator.customerWrites({ externalUserId, text: '在吗' })
  await waitUntil(() => simulator.delivered().length > 0, { what: 'the customer is answered', timeoutMs: 30_000 })
  folder = join(stack.folder, 'reader')
  mkdirSync(join(folder, 'b2b'), { recursive: true })
  cpSync(join(ROOT, 'docs/examples'), join(folder, 'docs/examples'), { recursive: true })
  writeFileSync(join(folder, 'b2b/terms.md'), '# 批发\n\n满一百件起批，三日内发货。\n')
  writeFileSync(
    join(folder, 'default.json'),
    /^```json\n([\s\S]*?)^```$/m.exec(read('docs/service-desk.md'))?.[1] ?? '',
  )
  for (const name of ['passages', 'queries']) {
    copyFileSync(join(ROOT, `test/fixtures/retrieval/faq.${name}.jsonl`), join(folder, `${name}.jsonl`))
  }
  shell = {
    PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`,
    ...stack.bridgeEnv,
    LANG: 'zh_CN.UTF-8',
    PORT: new URL(bridge.url).port,
  }
  fill = (command) =>
    command
      .replace(/^npm run (?:-s )?([\w:]+)(?: --)?/, (_whole, name: string) => toProgram(name))
      .replaceAll('http://127.0.0.1:8790', simulator.url)
      .replaceAll(/\bwk(…|XXXX|0123456789)/g, openKfId)
      .replaceAll(/\bwm(…|XXXX)/g, externalUserId)
      .replaceAll('MSGID', msgid)
      .replaceAll('FOLDER', 'docs/examples/shop')
      // Into an installation of its own: the one that runs is in use.
      .replace(/^(.* restore )/, `DATA_DIR=${join(folder, 'restored')} $1`)
})
afterAll(() => stack?.stop())

/** What npm would start, from a folder that is not the project's. */
function toProgram(name: string): string {
  const script = (packageJson.scripts as Record<string, string>)[name]
  if (script === undefined) throw new Error(`there is no script ${name}`)
  return script
    .replace(/(?<=\s)(bridge|test)\//g, `${ROOT}/$1/`)
    .replaceAll('node_modules/.cache', `${ROOT}/node_modules/.cache`)
}

describe('a command of the documents', () => {
  it('is run here, or there is a reason why not', () => {
    expect(RUNNABLE.length).toBeGreaterThan(25)
    const idle = ELSEWHERE.filter(([pattern]) => !COMMANDS.some((command) => pattern.test(command)))
    expect(idle.map(([pattern]) => String(pattern))).toEqual([])
  })

  it.each(RUNNABLE)('%s', async (command) => {
    const { stdout, stderr } = await run('/bin/sh', ['-c', fill(command)], { cwd: folder, env: shell })
    const [, told] = TELLS.find(([pattern]) => pattern.test(command)) ?? []
    if (told !== undefined) expect(stdout + stderr).toMatch(told)
  })
})
