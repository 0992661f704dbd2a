/** What stages and reasons are called, in the language of this call. */
import { toCauseText, toReasonText, toStageText } from '../console/parked-words.ts'
import { describeErrcode } from '../wecom/error-table.ts'
import { describeFailType } from '../wecom/fail-type-table.ts'
import type { Call } from './command.ts'
import type { Text } from './language.ts'

const MEANINGS = { meaningOf: describeErrcode, failMeaningOf: describeFailType }

export function describeStage(stage: string, say: Call['say']): string {
  return say(toStageText(stage))
}

/** In both languages. */
export function nameReason(reason: string): Text {
  return toReasonText(reason, MEANINGS)
}

export function describeReason(reason: string, say: Call['say']): string {
  return say(nameReason(reason))
}

/** Why a conversation changed hands. */
export function describeCause(cause: string, say: Call['say']): string {
  return say(toCauseText(cause))
}
