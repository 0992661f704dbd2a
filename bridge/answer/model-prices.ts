/**
 * What an answer costs, as far as the model's price is known: yuan per million tokens, which is millionths of a yuan per token.
 * DeepSeek doubles its prices at peak hours of working days; public holidays are not known here, so a cost is at most as much.
 * Source: https://api-docs.deepseek.com/quick_start/pricing
 */
import type { Usage } from './answerer.ts'

export interface ModelPrice {
  /** Yuan per million tokens. */
  input: number
  /** Of input that was in the vendor's cache. */
  cachedInput: number
  output: number
}

const FLASH: ModelPrice = { input: 1, cachedInput: 0.02, output: 4 }
const PRO: ModelPrice = { input: 4.5, cachedInput: 0.15, output: 13.5 }

const PRICES: Readonly<Record<string, ModelPrice>> = {
  'deepseek-flash': FLASH,
  'deepseek-v4-flash': FLASH,
  'deepseek-v4-pro': PRO,
}

/** Millionths of a yuan; 0 for a model whose price nobody has told. `own`: by the operator, instead of the table's. `at`: unix ms. */
export function costMicros(usage: Usage, own: Readonly<Record<string, ModelPrice>>, at: number): number {
  const price = own[usage.model] ?? PRICES[usage.model]
  if (price === undefined) return 0
  const cached = Math.min(usage.cachedInputTokens, usage.inputTokens)
  const yuan =
    cached * price.cachedInput + (usage.inputTokens - cached) * price.input + usage.outputTokens * price.output
  const isDoubled = own[usage.model] === undefined && usage.model.startsWith('deepseek-') && isPeak(at)
  return Math.round(isDoubled ? yuan * 2 : yuan)
}

/** Monday to Friday, 9 to 12 and 14 to 18 in Beijing. */
function isPeak(at: number): boolean {
  const beijing = new Date(at + 8 * 3_600_000)
  const [day, hour] = [beijing.getUTCDay(), beijing.getUTCHours()]
  return day >= 1 && day <= 5 && ((hour >= 9 && hour < 12) || (hour >= 14 && hour < 18))
}
