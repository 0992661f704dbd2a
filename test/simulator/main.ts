/**
 * The simulator alone: `npm run simulator -- [--port 8790] [--callback http://127.0.0.1:8787/callback] …`. Prints its address
 * and the settings that make a program talk to it. Every setting has a default, so that no argument is needed.
 */
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { createSimulator } from './create-simulator.ts'
import { switchChangesSchema } from './switches.ts'

const HELP = `A WeCom Customer Service for development (模拟的微信客服).

  --port <n>         default 8790; 0 takes a free one
  --callback <url>   where callbacks go, e.g. http://127.0.0.1:8787/callback
  --corp-id <id>     default ww00000000simulator
  --secret <text>    default simulator-secret
  --token <text>     callback Token, default simulatorToken
  --aes-key <key>    EncodingAESKey, 43 characters
  --account <name>   may be repeated; default 示例客服
  --customer <name>  may be repeated; default 小雨, 老李, Alice
  --switch <name=x>  may be repeated; x is JSON or a word, e.g. mode=native, callsPerMinute=null
  --label <text>     banner on the phone page
  --seed <n>         of the dice for faults`

// Not a secret: it protects nothing but the simulator's own callbacks.
const AES_KEY = 'c2ltdWxhdG9yU2ltdWxhdG9yU2ltdWxhdG9yU2ltdWw'

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    port: { type: 'string', default: '8790' },
    callback: { type: 'string', default: '' },
    'corp-id': { type: 'string', default: 'ww00000000simulator' },
    secret: { type: 'string', default: 'simulator-secret' },
    token: { type: 'string', default: 'simulatorToken' },
    'aes-key': { type: 'string', default: AES_KEY },
    account: { type: 'string', multiple: true, default: ['示例客服'] },
    customer: { type: 'string', multiple: true, default: ['小雨', '老李', 'Alice'] },
    label: { type: 'string', default: '' },
    switch: { type: 'string', multiple: true, default: [] },
    seed: { type: 'string', default: '1' },
  },
})

function toSwitch(given: string): [string, unknown] {
  const [name = '', ...rest] = given.split('=')
  const text = rest.join('=')
  try {
    return [name, JSON.parse(text)]
  } catch {
    return [name, text]
  }
}

if (values.help) {
  console.log(HELP)
} else {
  try {
    const simulator = await createSimulator({
      corpId: values['corp-id'],
      secret: values.secret,
      callback: { url: values.callback, token: values.token, aesKey: values['aes-key'] },
      port: Number(values.port),
      accounts: values.account.map((name) => ({ name, servicers: ['zhangsan', 'lisi'] })),
      members: [
        { userId: 'zhangsan', name: '张三', departments: [1] },
        { userId: 'lisi', name: '李四', departments: [1] },
        { userId: 'wangwu', name: '王五', departments: [2] },
      ],
      customers: values.customer.map((name) => ({ name })),
      modelLabel: values.label,
      seed: Number(values.seed),
      switches: switchChangesSchema.parse(Object.fromEntries(values.switch.map(toSwitch))),
    })
    console.log(`手机页面 / phone page   ${simulator.url}

WECHAT_API_BASE=${simulator.apiBase}
WECHAT_CORP_ID=${values['corp-id']}
WECHAT_SECRET=${values.secret}
WECHAT_TOKEN=${values.token}
WECHAT_AESKEY=${values['aes-key']}

回调地址 / callbacks go to ${values.callback || '(not set: --callback <url>)'}`)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close())
  } catch (error) {
    const reason =
      error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error)
    console.error(`The simulator cannot start: ${reason}`)
    process.exitCode = 1
  }
}
