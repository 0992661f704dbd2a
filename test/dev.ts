/**
 * `npm run dev`: all of it on one machine, with a simulated WeCom and no key. Prints one address. Ctrl-C ends everything,
 * and nothing is left behind. With DEEPSEEK_API_KEY in the environment or in .env, the real model answers.
 */
import { existsSync } from 'node:fs'
import { loadEnvFile } from 'node:process'
import { isListening } from './support/is-listening.ts'
import { type Stack, startStack } from './support/start-stack.ts'

const PHONE_PORT = 8790
const CONSOLE_PORT = 8788
const STAND_IN_LABEL = '演示模式：回答来自替身模型，不是真正的 AI。设置 DEEPSEEK_API_KEY 后由 DeepSeek 回答。'

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

/** The real model's settings, if there are any; everything else of .env belongs to the real installation. */
function modelSettings(): Record<string, string> {
  if (existsSync('.env')) loadEnvFile('.env')
  const names = ['DEEPSEEK_API_KEY', 'DEEPSEEK_BASE_URL', 'DEEPSEEK_MODEL'] as const
  if (!process.env.DEEPSEEK_API_KEY) return {}
  const given = names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))
  return { DEEPSEEK_BASE_URL: 'https://api.deepseek.com', ...Object.fromEntries(given) }
}

async function freeOr(port: number): Promise<number> {
  return (await isListening(port)) ? 0 : port
}

async function main(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void end(0))
  const model = modelSettings()
  const isStandIn = model.DEEPSEEK_API_KEY === undefined
  console.log('正在启动 starting: Worker (workerd) · 模拟微信 simulated WeCom · bridge …')
  starting = startStack({
    simulator: {
      port: await freeOr(PHONE_PORT),
      accounts: [{ name: '示例客服', servicers: ['zhangsan'] }],
      customers: [{ name: '小雨' }, { name: '老李' }, { name: 'Alice' }],
      ...(isStandIn ? { modelLabel: STAND_IN_LABEL } : {}),
    },
    env: { ...model, PORT: String(await freeOr(CONSOLE_PORT)), LOG_FORMAT: 'pretty' },
    onBridgeOutput: (text) => process.stdout.write(text),
  })
  const stack = await starting
  if (endingSince !== undefined) return
  const bridge = await stack.startBridge()
  await bridge.ready()
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`
  手机页面 phone page   ${stack.simulator.url}
  状态页面 status page  ${bridge.url}

  ${seconds} s 就绪 ready。${isStandIn ? STAND_IN_LABEL : '由 DeepSeek 回答 · DeepSeek answers.'}
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
