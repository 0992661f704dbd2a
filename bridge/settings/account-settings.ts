/**
 * What can be set for each account while bridges run, as one table of sections. Every field has a default that needs no
 * configuration. A setting is named `section.field`.
 */
import type { z } from 'zod'
import { answerSettings } from './answer-settings.ts'
import { forgetSettings } from './forget-settings.ts'
import { handoverSettings } from './handover-settings.ts'
import { hoursSettings } from './hours-settings.ts'
import { limitsSettings } from './limits-settings.ts'
import { menusSettings } from './menus-settings.ts'
import { sessionSettings } from './session-settings.ts'
import { welcomeSettings } from './welcome-settings.ts'
import { wordsSettings } from './words-settings.ts'

export const ACCOUNT_SETTINGS = {
  answer: answerSettings,
  welcome: welcomeSettings,
  handover: handoverSettings,
  hours: hoursSettings,
  session: sessionSettings,
  limits: limitsSettings,
  words: wordsSettings,
  menus: menusSettings,
  forget: forgetSettings,
} as const

export type AccountSettings = {
  readonly [Section in keyof typeof ACCOUNT_SETTINGS]: Readonly<z.infer<(typeof ACCOUNT_SETTINGS)[Section]>>
}
