/**
 * What can be set for each account while bridges run, as one table of sections. Every field has a default that needs no
 * configuration. A setting is named `section.field`.
 */
import type { z } from 'zod'
import { answerSettings } from './answer-settings.ts'

export const ACCOUNT_SETTINGS = {
  answer: answerSettings,
} as const

export type AccountSettings = {
  readonly [Section in keyof typeof ACCOUNT_SETTINGS]: Readonly<z.infer<(typeof ACCOUNT_SETTINGS)[Section]>>
}
