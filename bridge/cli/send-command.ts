/**
 * What all kinds of `send` have in common. A message takes its place in the customer's quota like a reply, before the call, and gives
 * it back only when the platform has refused for sure. It goes under a msgid of ours, so that it can be sent again without
 * arriving twice, and enters the conversation's memory as the words of a person.
 */
import { randomBytes } from 'node:crypto'
import { AppError, isAppError } from '../../shared/app-error.ts'
import { contentText } from '../stages/content-text.ts'
import { toConversationId } from '../store/conversation-id.ts'
import { createPersonMessageStore } from '../store/person-message-store.ts'
import { createQuotaStore } from '../store/quota-store.ts'
import type { OutgoingContent } from '../wecom/outgoing-content.ts'
import { refused } from '../wecom/wecom-error.ts'
import type { Call, Command, CommandOption, Output } from './command.ts'
import { accountOption, findAccount } from './find-account.ts'
import { requireOption, textOption } from './require-option.ts'

export interface SendCommand extends Pick<Command, 'about' | 'operand'> {
  /** The second word, e.g. `text`. */
  kind: string
  options?: Readonly<Record<string, CommandOption>>
  /** Throws `cli.usage`. */
  toContent: (call: Call) => Promise<OutgoingContent> | OutgoingContent
}

/** Five messages since the customer last wrote. */
const overQuota = 95001

const common = {
  to: { type: 'string', value: 'EXTERNAL_USERID', about: { zh: '发给哪位客户', en: 'the customer' } },
  ...accountOption,
  msgid: {
    type: 'string',
    value: 'MSGID',
    about: {
      zh: '重发时沿用上次的 msgid，客户不会收到两条',
      en: 'that of an earlier try, to send again without arriving twice',
    },
  },
} as const

export function createSendCommand({ kind, about, operand, options = {}, toContent }: SendCommand): Command {
  return {
    path: ['send', kind],
    about,
    ...(operand === undefined ? {} : { operand }),
    options: { ...common, ...options },
    run: async (call) => send(call, await toContent(call)),
  }
}

async function send(call: Call, content: OutgoingContent): Promise<Output> {
  const { say, progress } = call
  const externalUserId = requireOption('to', call)
  const given = textOption('msgid', call)
  const msgid = given ?? `cli-${randomBytes(12).toString('hex')}`
  const { wecom, database, signal, ...platform } = await call.platform()
  const openKfId = await findAccount({ wecom, signal, ...platform }, call)
  const conv = toConversationId(openKfId, externalUserId)
  const quota = createQuotaStore(database)
  const reservation = await quota.reserve(conv)
  if (reservation === 'full') throw refused('kf/send_msg', overQuota)
  const giveBack = async () => {
    if (reservation === 'reserved') await quota.refund(conv)
  }
  const sent = async (text: string, sentAs: string): Promise<Output> => {
    // It is with the customer whatever becomes of this: a memory that can't be written must not look like a failure.
    const message = { conv, msgid: sentAs, type: content.type, text: contentText(content) }
    await createPersonMessageStore(database)
      .record(message)
      .catch(() => undefined)
    return { json: { openKfId, externalUserId, msgid: sentAs }, text }
  }
  try {
    const message = { openKfId, externalUserId, msgid, content }
    const sentAs = await progress({ zh: '发送', en: 'sending' }, wecom.sendMessage(message, signal))
    return await sent(say({ zh: `平台已接收，msgid ${sentAs}`, en: `Accepted, msgid ${sentAs}` }), sentAs)
  } catch (error) {
    if (!isAppError(error)) throw error
    if (error.code === 'wecom.unreachable') throw inDoubt(msgid, call)
    await giveBack()
    const isAccepted = given !== undefined && error.details.action === 'accepted-before'
    if (!isAccepted) throw error
    return await sent(say({ zh: `平台此前已接收，没有重复发送`, en: 'Accepted before; nothing was sent twice' }), msgid)
  }
}

/** It may have arrived: then its place in the quota is taken, and the same msgid must be used again. */
function inDoubt(msgid: string, { say }: Pick<Call, 'say'>): AppError {
  const message = say({
    zh: `没有得到平台的回应，不确定是否已发出。要重发请加 --msgid ${msgid}，这样不会重复。`,
    en: `No answer from the platform: it may have been sent. To send it again add --msgid ${msgid}, so that it can not arrive twice.`,
  })
  return new AppError('cli.in-doubt', message, { retryable: true, details: { msgid } })
}
