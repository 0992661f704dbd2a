/**
 * The question at the end of a session, and the tap that answers it. The ids of the menu's items name the session and the score, so that a tap
 * counts once, also days later and whatever the choices are by then.
 */
import type { AccountSettings } from '../settings/account-settings.ts'
import type { Menu } from '../wecom/outgoing-content.ts'

export interface SurveyTap {
  /** Of the session that is rated. */
  ratingId: string
  score: number
}

/** `ratingId`: `[a-z0-9]`, at most 32. */
export function toSurvey({ surveyText, surveyOptions }: AccountSettings['session'], ratingId: string): Menu {
  return {
    type: 'menu',
    head: surveyText,
    items: surveyOptions.map(({ label, score }) => ({ type: 'click', text: label, id: `rate_${ratingId}_${score}` })),
  }
}

/** Undefined for the id of any other menu. */
export function parseSurveyTap(menuId: string): SurveyTap | undefined {
  const [, ratingId, score] = /^rate_([a-z0-9]{1,32})_(\d{1,2})$/.exec(menuId) ?? []
  return ratingId === undefined ? undefined : { ratingId, score: Number(score) }
}
