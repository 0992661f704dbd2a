/** The settings of accounts as tables for docs/settings.md, from the one schema that the program itself parses them by. */
import { SETTING_FIELDS, type SettingField } from '../../bridge/settings/setting-fields.ts'

export type DocLanguage = 'en' | 'zh'

const HEADS: Readonly<Record<DocLanguage, string>> = {
  en: '| Setting | Default | What it is |',
  zh: '| 设置 | 默认值 | 说明 |',
}
const LONGEST_DEFAULT = 60

export function renderAccountSettings(language: DocLanguage): string {
  const sections = Map.groupBy(SETTING_FIELDS.values(), ({ section }) => section)
  return [...sections]
    .map(([section, fields]) => {
      const rows = fields.map((field) => toRow(field, language))
      return [`### ${section}`, '', HEADS[language], '|---|---|---|', ...rows].join('\n')
    })
    .join('\n\n')
}

function toRow({ key, about, default: value }: SettingField, language: DocLanguage): string {
  const [zh = '', ...en] = about.split(' / ')
  const text = language === 'zh' ? zh : en.join(' / ')
  return `| \`${key}\` | ${toDefault(value)} | ${text.replaceAll('|', '\\|')} |`
}

function toDefault(value: unknown): string {
  const text = JSON.stringify(value) ?? ''
  const short = text.length > LONGEST_DEFAULT ? `${text.slice(0, LONGEST_DEFAULT)}…` : text
  return `\`${short.replaceAll('|', '\\|').replaceAll('`', "'")}\``
}
