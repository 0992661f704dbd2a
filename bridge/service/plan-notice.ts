/**
 * What a customer is told at once on an event of the platform, by the settings of the account: a welcome by the link they came through, a greeting
 * when they return, a word when a person takes them from the pool, a survey at the end. A transfer and a re-opened session come without a
 * code, and while a person has the session nothing else can be sent: those are only recorded. Who is blocked is told nothing.
 * Codes and their lives: https://developer.work.weixin.qq.com/document/path/95122
 */
import { createHash } from 'node:crypto'
import type { AccountSettings } from '../settings/account-settings.ts'
import type { NewNotice } from '../store/insert-notice.ts'
import type { Menu, ReplyContent } from '../wecom/outgoing-content.ts'
import type { PlatformEvent } from '../wecom/parse-platform-event.ts'
import type { SyncedMessage } from '../wecom/wecom-client.ts'
import { toSurvey } from './survey.ts'

export interface PlanNoticeDeps {
  settingsOf: (openKfId: string) => AccountSettings
  /** A menu of the account's file; undefined when there is none of that name. */
  findMenu: (openKfId: string, name: string) => Menu | undefined
}

const SHORT_CODE_MS = 20_000
const LONG_CODE_MS = 48 * 3_600_000
/** A greeting that comes later than this surprises more than it pleases. */
const GREETING_MS = 120_000

export function createPlanNotice({ settingsOf, findMenu }: PlanNoticeDeps) {
  const onEntry = (
    { scene, sceneParam, code }: PlatformEvent & { kind: 'entered' },
    { openKfId, sendTime }: SyncedMessage,
  ): NewNotice | undefined => {
    const { welcome } = settingsOf(openKfId)
    if (code === '') {
      if (!welcome.greetReturning) return undefined
      const content: ReplyContent = { type: 'text', text: welcome.greetText }
      return { channel: 'notice', code, expiresAt: sendTime + GREETING_MS, content, isRemembered: true }
    }
    if (!welcome.enabled) return undefined
    const own = welcome.scenes.find(
      (it) => it.scene === scene && (it.sceneParam === undefined || it.sceneParam === sceneParam),
    )
    const menuName = own?.menu ?? (own?.text === undefined ? welcome.menu : '')
    const menu = menuName === '' ? undefined : findMenu(openKfId, menuName)
    const content: ReplyContent = menu
      ? { ...menu, head: own?.text ?? menu.head ?? welcome.text }
      : { type: 'text', text: own?.text ?? welcome.text }
    if (isEmpty(content)) return undefined
    return { channel: 'on_event', code, expiresAt: sendTime + SHORT_CODE_MS, content, isRemembered: true }
  }

  const onSession = (
    { change, code }: PlatformEvent & { kind: 'session' },
    { openKfId, sendTime, msgid }: SyncedMessage,
  ): NewNotice | undefined => {
    if (code === '') return undefined
    const settings = settingsOf(openKfId)
    const lifeMs = change === 'ended' ? SHORT_CODE_MS : LONG_CODE_MS
    const content: ReplyContent =
      change === 'ended' ? toFarewell(settings, msgid) : { type: 'text', text: settings.handover.textTaken }
    return isEmpty(content) ? undefined : { channel: 'on_event', code, expiresAt: sendTime + lifeMs, content }
  }

  return (event: PlatformEvent, message: SyncedMessage): NewNotice | undefined => {
    if (settingsOf(message.openKfId).limits.blocked.includes(message.externalUserId)) return undefined
    if (event.kind === 'entered') return onEntry(event, message)
    return event.kind === 'session' ? onSession(event, message) : undefined
  }
}

/** The last word of a session, `cause` being what ended it. */
export function toFarewell({ session }: AccountSettings, cause: string): ReplyContent {
  const ratingId = createHash('sha256').update(cause).digest('hex').slice(0, 16)
  return session.survey ? toSurvey(session, ratingId) : { type: 'text', text: session.endedText }
}

function isEmpty(content: ReplyContent): boolean {
  return content.type === 'text' && content.text.trim() === ''
}
