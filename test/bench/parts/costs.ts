/**
 * What a thousand messages cost: the tokens of every request that the pipeline made for whole conversations, with the example knowledge and without,
 * and what the edge was asked for. Tokens are estimated by DeepSeek's published ratios, prices are those of model-prices.ts off peak.
 * Source: https://api-docs.deepseek.com/quick_start/token_usage
 */
import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { costMicros } from '../../../bridge/answer/model-prices.ts'
import type { ModelRequest } from '../../support/stand-in-model.ts'
import { startStack } from '../../support/start-stack.ts'
import { waitUntil } from '../../support/wait-until.ts'
import type { Report } from '../report.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const CUSTOMERS = 20
const TOKENS_PER_WIDE = 0.6
const TOKENS_PER_NARROW = 0.3
/** The vendor's cache works in units of so many tokens. */
const CACHE_UNIT = 64
const MODEL = 'deepseek-flash'
/** Off peak: a Sunday. */
const OFF_PEAK = Date.parse('2026-11-22T12:00:00+08:00')

const QUESTIONS = [
  '你好，请问你们的杯子能放洗碗机吗？',
  '那多久发货？我在成都',
  '买两个有优惠吗',
  '好的，如果不喜欢可以退吗？运费谁出',
  '谢谢',
]
const ANSWER =
  '可以放洗碗机，建议放在上层，水温不超过 70 度。下单后 48 小时内发货，成都一般三到四天到。如果收到后不满意，七天内可以无理由退货，保持包装完好即可。'

const run = promisify(execFile)

export async function measureCosts(report: Report): Promise<void> {
  const rows = []
  for (const hasKnowledge of [false, true]) {
    const stack = await startStack({ model: { reply: () => ANSWER }, env: { BURST_QUIET_MS: '100' } })
    try {
      const bridge = await stack.startBridge()
      await bridge.ready()
      if (hasKnowledge) await addKnowledge(stack.bridgeEnv)
      const customers = Array.from({ length: CUSTOMERS }, (_, n) => stack.simulator.addCustomer({ name: `客户${n}` }))
      for (const [round, text] of QUESTIONS.entries()) {
        for (const { externalUserId } of customers) stack.simulator.customerWrites({ externalUserId, text })
        const expected = CUSTOMERS * (round + 1)
        await waitUntil(() => stack.simulator.delivered().length >= expected, { what: 'answers', timeoutMs: 60_000 })
      }
      rows.push([hasKnowledge ? 'example knowledge' : 'none', ...toRow(stack.model.requests)])
    } finally {
      await stack.stop()
    }
  }
  report.table(
    `Tokens and cost of a thousand messages (${MODEL}, off peak; five questions a customer)`,
    ['knowledge', 'requests a message', 'input', 'of it cached', 'output', 'CNY per 1,000'],
    rows,
  )
}

async function addKnowledge(env: Readonly<Record<string, string>>): Promise<void> {
  const kefu = (...argv: string[]) =>
    run(process.execPath, ['bridge/cli/main.ts', ...argv], { cwd: ROOT, env: { PATH: process.env.PATH, ...env } })
  await kefu('knowledge', 'add', 'docs/examples/shop')
  // What is new is found by the running bridge within five seconds.
  await sleep(6000)
}

/** Averages of a message of a customer, whatever number of requests it took, and the cost of a thousand. */
function toRow(requests: readonly ModelRequest[]): (string | number)[] {
  let [input, cached] = [0, 0]
  const seen: string[] = []
  for (const request of requests) {
    const text = JSON.stringify(request.messages)
    const tokens = countTokens(text)
    const shared = Math.max(0, ...seen.map((other) => countTokens(commonStart(text, other))))
    input += tokens
    cached += Math.floor(shared / CACHE_UNIT) * CACHE_UNIT
    seen.push(text)
  }
  const count = CUSTOMERS * QUESTIONS.length
  // The stand-in gives an answer also where a question is only put into other words, so this is too much rather than too little.
  const output = countTokens(ANSWER) * requests.length
  const usage = {
    model: MODEL,
    tokens: { input: Math.round(input), cachedInput: Math.round(cached), output: Math.round(output) },
  }
  const perThousand = ((costMicros(usage, {}, OFF_PEAK) ?? 0) / 1e6 / count) * 1000
  return [
    (requests.length / count).toFixed(1),
    Math.round(input / count),
    Math.round(cached / count),
    Math.round(output / count),
    perThousand.toFixed(2),
  ]
}

function countTokens(text: string): number {
  const wide = text.match(/[\u2e80-\uffef]/g)?.length ?? 0
  return wide * TOKENS_PER_WIDE + (text.length - wide) * TOKENS_PER_NARROW
}

function commonStart(one: string, other: string): string {
  let length = 0
  while (length < one.length && one[length] === other[length]) length += 1
  return one.slice(0, length)
}
