import { CONSOLE_PAGES } from '../../console-pages.ts'
import { defineCheck } from '../check.ts'

export const accounts = defineCheck({
  name: 'accounts',
  about: { zh: '客服账号', en: 'accounts' },
  deadlineMs: 25_000,
  findings: {
    ok: { level: 'ok', says: { zh: '{count} 个可用：{names}', en: '{count} usable: {names}' } },
    unknown: {
      level: 'skipped',
      says: { zh: '没有检查：平台还用不了', en: 'not looked at: the platform can not be used yet' },
    },
    none: {
      level: 'failure',
      says: { zh: '没有可用的客服账号', en: 'there is no account that this program may use' },
      todo: {
        zh: `独立版：在 ${CONSOLE_PAGES.nativeAccounts} 建一个客服账号。企业微信版：在 ${CONSOLE_PAGES.wecomKf} 建账号，并在“通过API管理微信客服账号”中选中它`,
        en: `native mode: make one at ${CONSOLE_PAGES.nativeAccounts}. WeCom mode: make one at ${CONSOLE_PAGES.wecomKf} and choose it under 通过API管理微信客服账号`,
      },
    },
    'not-assigned': {
      level: 'warning',
      says: {
        zh: '这些账号没有交给本应用，不会回答：{names}',
        en: 'not assigned to this app, and so not answered: {names}',
      },
      todo: {
        zh: `需要的话，在 ${CONSOLE_PAGES.wecomKf} 的“通过API管理微信客服账号”中选中`,
        en: `if they should be, choose them under 通过API管理微信客服账号 at ${CONSOLE_PAGES.wecomKf}`,
      },
    },
  },
  async run({ wecom, accounts: listAccounts }) {
    if (wecom === undefined) return [{ key: 'unknown' }]
    // Why it fails is told by the check of the platform.
    const all = await listAccounts().catch(() => undefined)
    if (all === undefined) return [{ key: 'unknown' }]
    const names = (mayUse: boolean) =>
      all.filter((one) => one.mayUse === mayUse).map(({ name, openKfId }) => name || openKfId)
    const [mine, foreign] = [names(true), names(false)]
    const list = (some: readonly string[]) => {
      const join = (comma: string) => `${some.slice(0, 5).join(comma)}${some.length > 5 ? ' …' : ''}`
      return { zh: join('、'), en: join(', ') }
    }
    return [
      mine.length === 0 ? { key: 'none' } : { key: 'ok', values: { count: mine.length, names: list(mine) } },
      ...(foreign.length === 0 ? [] : [{ key: 'not-assigned' as const, values: { names: list(foreign) } }]),
    ]
  },
})
