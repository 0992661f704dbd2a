/**
 * `npm run dev`: all of it on one machine, with a simulated WeCom and no key. Prints one address. Ctrl-C ends everything,
 * and nothing is left behind. A sample shop's knowledge answers; with the key of a model in the environment or in .env, that model
 * answers from it. KEFU_DEV_MODEL=stand-in: a stand-in that repeats what it is asked.
 */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadEnvFile } from 'node:process'
import { stripVTControlCharacters } from 'node:util'
import { parseConfig } from '../bridge/config.ts'
import { isListening } from './support/is-listening.ts'
import { loadKnowledge } from './support/load-knowledge.ts'
import { type Stack, startStack } from './support/start-stack.ts'

const PHONE_PORT = 8790
const CONSOLE_PORT = 8788
const SAMPLE = 'docs/examples/shop'
const LABELS: Readonly<Record<string, string>> = {
  knowledge:
    '演示模式：没有接入模型，回答直接取自示例网店的知识库，没有把握的转人工。设置 DEEPSEEK_API_KEY 后由 DeepSeek 回答。',
  'stand-in': '演示模式：回答来自替身模型，不是真正的 AI。设置 DEEPSEEK_API_KEY 后由 DeepSeek 回答。',
}
/** Everything else of .env belongs to the real installation. */
const MODEL_SETTINGS = /^(DEEPSEEK|ARK|OPENAI|DIFY|FASTGPT|LANGGRAPH|EMBEDDING|RERANK|VISION|ASR|ANSWERER)(_|$)/

const NO_STAND_IN = { DEEPSEEK_API_KEY: '', DEEPSEEK_BASE_URL: 'https://api.deepseek.com' }

const startedAt = performance.now()
let starting: Promise<Stack> | undefined
/** Two signals that come closer together are one: npm passes on what the terminal has sent to all. */
const ECHO_MS = 300
let endingSince: number | undefined

async function end(exitCode: number): Promise<never> {
  if (endingSince !== undefined) {
    if (performance.now() - endingSince > ECHO_MS) process.exit(1)
    return new Promise<never>(() => undefined)
  }
  endingSince = performance.now()
  console.log('\n正在结束… stopping…')
  const stack = await starting?.catch(() => undefined)
  await stack?.stop()
  process.exit(exitCode)
}

function modelSettings(): Record<string, string> {
  if (existsSync('.env')) loadEnvFile('.env')
  const given = Object.entries(process.env).filter(([name, value]) => MODEL_SETTINGS.test(name) && value !== '')
  return Object.fromEntries(given) as Record<string, string>
}

/** Who answers, as the bridge will find. */
function answererOf(env: Readonly<Record<string, string>>): string {
  const rest = { EDGE_URL: 'http://127.0.0.1', BRIDGE_TOKEN: '0'.repeat(16), WECHAT_CORP_ID: 'ww', WECHAT_SECRET: 's' }
  return parseConfig({ ...rest, ...env }).answerer
}

/** What the command line needs to look into this installation. It goes with the rest. */
async function writeSettings(path: string, env: Readonly<Record<string, string>>): Promise<void> {
  const quote = (value: string) => (value.includes("'") ? `\`${value}\`` : `'${value}'`)
  const lines = Object.entries(env).map(([name, value]) => `${name}=${quote(value)}\n`)
  // It may hold the key of a model.
  await writeFile(path, lines.join(''), { mode: 0o600 })
}

/** Which jobs a process has is of interest where there are several. */
const STARTING_UP = /^.*job\.gained.*\n/gm

function show(text: string): void {
  const lines = text.replace(STARTING_UP, '')
  process.stdout.write(process.stdout.isTTY ? lines : stripVTControlCharacters(lines))
}

async function freeOr(port: number): Promise<number> {
  return (await isListening(port)) ? 0 : port
}

async function main(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void end(0))
  const settings = modelSettings()
  const isStandIn = process.env.KEFU_DEV_MODEL === 'stand-in'
  const answerer = isStandIn ? 'stand-in' : answererOf(settings)
  const label = LABELS[answerer]
  console.log('正在启动 starting: Worker (workerd) · 模拟微信 simulated WeCom · bridge …')
  starting = startStack({
    simulator: {
      port: await freeOr(PHONE_PORT),
      accounts: [{ name: '示例客服', servicers: ['zhangsan'] }],
      customers: [{ name: '小雨' }, { name: '老李' }, { name: 'Alice' }],
      ...(label === undefined ? {} : { modelLabel: label }),
    },
    env: {
      ...(isStandIn ? {} : { ...NO_STAND_IN, ...settings }),
      PORT: String(await freeOr(CONSOLE_PORT)),
      LOG_FORMAT: 'pretty',
    },
    onBridgeOutput: show,
  })
  const stack = await starting
  if (endingSince !== undefined) return
  if (!isStandIn) await loadKnowledge(stack.bridgeEnv, [SAMPLE])
  const bridge = await stack.startBridge()
  await bridge.ready()
  const settingsFile = join(stack.folder, 'dev.env')
  const { WECHAT_TOKEN = '', WECHAT_AESKEY = '' } = stack.edgeSecrets()
  await writeSettings(settingsFile, { ...stack.bridgeEnv, WECHAT_TOKEN, WECHAT_AESKEY, PORT: new URL(bridge.url).port })
  await stack.simulator.checkCallbackUrl()
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`
  手机页面 phone page   ${stack.simulator.url}
  状态页面 status page  ${bridge.url}
  命令行 command line   npm run kefu -- --env ${settingsFile} knowledge search 怎么退货

  ${seconds} s 就绪 ready。${label ?? `由 ${answerer} 依据示例知识库回答 · ${answerer} answers from the sample knowledge.`}
  按 Ctrl-C 结束 · Ctrl-C ends everything.
`)
  // A part that dies on its own is not left for the user to guess.
  setInterval(() => {
    const ended = bridge.exit()
    if (ended !== undefined && endingSince === undefined) {
      console.error(`bridge 意外结束 the bridge ended: ${ended}`)
      void end(1)
    }
  }, 500)
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  return end(1)
})
