/** The two languages of the command line. Chinese unless English is asked for, by `--lang en`, by KEFU_LANG or by the locale. */

const LANGUAGES = ['zh', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

/** A text in both. */
export type Text = Readonly<Record<Language, string>>

export function isLanguage(value: unknown): value is Language {
  return LANGUAGES.some((language) => language === value)
}

/** https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html#tag_08_02: the first that is set counts. */
export function localeLanguage(env: Readonly<Record<string, string | undefined>>): Language {
  const locale = env.KEFU_LANG || env.LC_ALL || env.LC_MESSAGES || env.LANG || ''
  return /^en(?![a-z])/i.test(locale) ? 'en' : 'zh'
}
