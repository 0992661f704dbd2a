/** The table of sections as a list of single fields, each with its own schema. */
import type { z } from 'zod'
import { ACCOUNT_SETTINGS } from './account-settings.ts'

export interface SettingField {
  /** `section.field` */
  key: string
  section: string
  name: string
  schema: z.ZodType
  /** Chinese, a slash, English. */
  about: string
  default: unknown
}

export const SETTING_FIELDS: ReadonlyMap<string, SettingField> = new Map(
  Object.entries(ACCOUNT_SETTINGS).flatMap(([section, { shape }]) =>
    Object.entries(shape as Record<string, z.ZodType>).map(([name, schema]) => {
      const key = `${section}.${name}`
      const field = { key, section, name, schema, about: schema.description ?? '', default: schema.parse(undefined) }
      return [key, field] as const
    }),
  ),
)
