/** Counts what vendors are asked for, at the prices and by the days that the settings of each account say: for bridges and the command line alike. */
import type { Usage } from './answer/answerer.ts'
import { costMicros, type ModelPrice } from './answer/model-prices.ts'
import type { Config } from './config.ts'
import type { KnowledgeVendor } from './knowledge/call-vendor.ts'
import { toLocalTime } from './service/local-time.ts'
import type { AccountSettings } from './settings/account-settings.ts'
import { createSpending, type Purpose, type SpendingDeps } from './spending/create-spending.ts'

export interface PaidCallsDeps extends Pick<SpendingDeps, 'store' | 'now' | 'log'> {
  settingsOf: (openKfId: string) => AccountSettings
}

export function createPaidCalls({ settingsOf, now, ...deps }: PaidCallsDeps) {
  const dayOf = (openKfId: string): string => toLocalTime(now(), settingsOf(openKfId).hours.timeZone).day
  const spending = createSpending({
    costOf: (call, openKfId) => costMicros(call, settingsOf(openKfId).answer.prices, now()),
    dayOf,
    now,
    ...deps,
  })
  return {
    ...spending,
    dayOf,
    /** Millionths of a yuan; 0 where nobody has told the price. */
    costOfAnswer: (usage: Usage, prices: Readonly<Record<string, ModelPrice>>): number =>
      costMicros(toPricedCall(usage), prices, now()) ?? 0,
    countUsage: (purpose: Purpose, usage: Usage): void => spending.count({ purpose, ...toPricedCall(usage) }),
    /** A server of vectors or of reranking whose calls are counted. */
    counted: <Server extends KnowledgeVendor>(purpose: Purpose, server: Server) => ({
      ...server,
      onTokens: (input = 0) =>
        spending.count({ purpose, model: server.model, tokens: { input, cachedInput: 0, output: 0 } }),
    }),
    /** To be told of the seconds that are heard. */
    countSpeech:
      (asr: Config['asr']) =>
      (seconds: number): void =>
        spending.count({ purpose: 'speech', model: asr?.model || `${asr?.kind}-asr`, seconds }),
  }
}

export type PaidCalls = ReturnType<typeof createPaidCalls>

function toPricedCall({ model, inputTokens, cachedInputTokens, outputTokens }: Usage) {
  return { model, tokens: { input: inputTokens, cachedInput: cachedInputTokens, output: outputTokens } }
}
