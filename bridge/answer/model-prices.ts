/**
 * What a call costs, as far as the model's price is known: yuan per million tokens, which is millionths of a yuan per token; of speech, by the hour.
 * DeepSeek doubles its prices at peak hours of working days; public holidays are not known here, so a cost is at most as much.
 * Source: https://api-docs.deepseek.com/quick_start/pricing
 */
export interface ModelPrice {
  /** Yuan per million tokens. */
  input?: number | undefined
  /** Of input that was in the vendor's cache; as much as other input unless it is said. */
  cachedInput?: number | undefined
  output?: number | undefined
  /** Yuan for an hour of speech. */
  hour?: number | undefined
}

/** What a vendor was asked for; an amount of zero tokens and no sound is one that it did not tell. */
export interface PricedCall {
  model: string
  tokens?: { input: number; cachedInput: number; output: number } | undefined
  seconds?: number | undefined
}

const FLASH: ModelPrice = { input: 1, cachedInput: 0.02, output: 4 }
const PRO: ModelPrice = { input: 4.5, cachedInput: 0.15, output: 13.5 }

const PRICES: Readonly<Record<string, ModelPrice>> = {
  'deepseek-flash': FLASH,
  'deepseek-v4-flash': FLASH,
  'deepseek-v4-pro': PRO,
  // The list's price, which is halved now and then.
  'deepseek-asr': { hour: 0.78 },
}

/** Millionths of a yuan; undefined when nobody has told the price of all of it. `own`: by the operator, instead of the table's. `at`: unix ms. */
export function costMicros(
  { model, tokens, seconds = 0 }: PricedCall,
  own: Readonly<Record<string, ModelPrice>>,
  at: number,
): number | undefined {
  const price = own[model] ?? PRICES[model]
  const { input = 0, cachedInput = 0, output = 0 } = tokens ?? {}
  if (price === undefined || input + output + seconds === 0) return undefined
  const cached = Math.min(cachedInput, input)
  const amounts: [amount: number, yuan: number | undefined][] = [
    [cached, price.cachedInput ?? price.input],
    [input - cached, price.input],
    [output, price.output],
    [(seconds / 3600) * 1_000_000, price.hour],
  ]
  let sum = 0
  for (const [amount, yuan] of amounts) {
    if (amount === 0) continue
    if (yuan === undefined) return undefined
    sum += amount * yuan
  }
  const isDoubled = own[model] === undefined && tokens !== undefined && model.startsWith('deepseek-') && isPeak(at)
  return Math.round(isDoubled ? sum * 2 : sum)
}

/** Monday to Friday, 9 to 12 and 14 to 18 in Beijing. */
function isPeak(at: number): boolean {
  const beijing = new Date(at + 8 * 3_600_000)
  const [day, hour] = [beijing.getUTCDay(), beijing.getUTCHours()]
  return day >= 1 && day <= 5 && ((hour >= 9 && hour < 12) || (hour >= 14 && hour < 18))
}
