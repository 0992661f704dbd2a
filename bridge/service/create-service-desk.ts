/**
 * The service desk as a whole: what the stages ask it, what is told to customers out of turn, and the files that operators write for it. Nothing in
 * here holds a conversation's lease; whoever does stores what is decided.
 */
import type { Turn } from '../answer/answerer.ts'
import type { Logger } from '../logger.ts'
import type { AccountSettings } from '../settings/account-settings.ts'
import type { Spending } from '../spending/create-spending.ts'
import type { ServiceDesk } from '../stages/service-desk.ts'
import type { ConversationClaim } from '../store/conversation-claim.ts'
import type { DeskStore } from '../store/desk-store.ts'
import type { WecomClient } from '../wecom/wecom-client.ts'
import { createConclude, createNeedsWhole } from './conclude.ts'
import { createConsider } from './consider.ts'
import { createEndIdleSessions } from './end-idle-sessions.ts'
import { createFillNickname } from './fill-nickname.ts'
import { createHandOver, type DeskPlatform } from './hand-over.ts'
import { createMenuBook } from './menus/menu-book.ts'
import { createPlanNotice } from './plan-notice.ts'
import { createRestate } from './restate.ts'
import { createSensitiveWords } from './sensitive-words.ts'
import { type WatchedFiles, watchFiles } from './watch-files.ts'
import { createWatchSpending } from './watch-spending.ts'

export interface ServiceDeskDeps {
  desk: DeskStore
  settingsOf: (openKfId: string) => AccountSettings
  platform: DeskPlatform & { end(openKfId: string, externalUserId: string, signal: AbortSignal): Promise<string> }
  getCustomers: WecomClient['getCustomers']
  accountIds: () => Promise<readonly string[]>
  turnsOf: (claim: ConversationClaim) => Promise<readonly Turn[]>
  forget: (externalUserId: string, wish: { conv: string; msgid: string }) => Promise<unknown>
  spentToday: Spending['spentToday']
  format: (text: string, maxParts: number) => readonly string[]
  wakeNotice: (msgid: string) => void
  now: () => number
  log: Logger
}

export interface ServiceDeskOptions {
  /** Of the menu files and `words.txt`. */
  folder: string
  filesEveryMs: number
  /** Until the platform is asked again when it does not answer, ms. */
  retryMs: number
}

const WORDS_FILE = 'words.txt'

export interface RunningDesk extends ServiceDesk {
  planNotice: ReturnType<typeof createPlanNotice>
  fillNotice: ReturnType<typeof createFillNickname>
  /** Warns and ends idle sessions; run it every minute, in one process. */
  endIdle: (signal: AbortSignal) => Promise<void>
  files: WatchedFiles
}

export function createServiceDesk(deps: ServiceDeskDeps, options: ServiceDeskOptions): RunningDesk {
  const { desk, settingsOf, platform, format, now, log } = deps
  const menus = createMenuBook({ settingsOf, log })
  const words = createSensitiveWords({ settingsOf, log })
  const handOver = createHandOver({ ...deps, retryMs: options.retryMs })
  const isSpent = createWatchSpending({ spentToday: deps.spentToday, settingsOf, now, log })
  const needsWhole = createNeedsWhole(words)
  const consider = createConsider({ desk, menus, words, handOver, isSpent, forget: deps.forget, needsWhole, now })
  return {
    consider,
    restate: createRestate(menus),
    // What has to be seen is asked for whole and seen at the end.
    screen: () => true,
    conclude: createConclude({ desk, words, handOver, format, now }),
    handOver: handOver.handOver,
    planNotice: createPlanNotice({ settingsOf, findMenu: menus.findMenu }),
    fillNotice: createFillNickname({ getCustomers: deps.getCustomers }),
    endIdle: createEndIdleSessions({ ...deps, end: platform.end, getState: platform.getState }),
    files: watchFiles({
      folder: options.folder,
      wants: (name) => name === WORDS_FILE || name.endsWith('.json'),
      onFile: (name, text) => (name === WORDS_FILE ? words : menus).onFile(name, text),
      everyMs: options.filesEveryMs,
    }),
  }
}
