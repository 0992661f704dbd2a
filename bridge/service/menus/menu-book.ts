/**
 * The menu files of a folder, as they are now: `<open_kfid>.json` for an account, `default.json` for those without one. A file with a fault changes
 * nothing: the last good one stays in effect, and the log names the lines.
 */
import { isAppError } from '../../../shared/app-error.ts'
import type { Logger } from '../../logger.ts'
import type { AccountSettings } from '../../settings/account-settings.ts'
import type { Menu } from '../../wecom/outgoing-content.ts'
import { type MenuAction, type MenuFile, parseMenuFile } from './parse-menu-file.ts'

export interface MenuBookDeps {
  settingsOf: (openKfId: string) => AccountSettings
  log: Logger
}

export interface MenuBook {
  /** For watch-files.ts. */
  onFile(name: string, text: string | undefined): void
  findMenu(openKfId: string, name: string): Menu | undefined
  /** What a tap leads to; undefined for one of a menu that is gone. */
  findTap(openKfId: string, id: string): MenuAction | undefined
  /** The menu that a message brings up. */
  findWord(openKfId: string, text: string): Menu | undefined
}

export function createMenuBook({ settingsOf, log }: MenuBookDeps): MenuBook {
  const files = new Map<string, MenuFile>()

  const fileOf = (openKfId: string): MenuFile | undefined => {
    const { enabled, file } = settingsOf(openKfId).menus
    if (!enabled) return undefined
    return file === '' ? (files.get(`${openKfId}.json`) ?? files.get('default.json')) : files.get(file)
  }

  return {
    onFile(name, text) {
      if (text === undefined) {
        files.delete(name)
        log.info('menus.removed', { file: name })
        return
      }
      try {
        files.set(name, parseMenuFile(text))
        log.info('menus.loaded', { file: name })
      } catch (error) {
        if (!isAppError(error)) throw error
        log.error('menus.invalid', { file: name, faults: error.message })
      }
    },
    findMenu: (openKfId, name) => fileOf(openKfId)?.menus.get(name),
    findTap: (openKfId, id) => fileOf(openKfId)?.taps.get(id),
    findWord(openKfId, text) {
      const file = fileOf(openKfId)
      const name = file?.words.get(text.trim().toLowerCase())
      return name === undefined ? undefined : file?.menus.get(name)
    },
  }
}
