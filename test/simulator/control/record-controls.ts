/** What happened and how things stand: for checkers and for the page. */
import { z } from 'zod'
import type { Account, Servicer } from '../corp.ts'
import { describeConversation } from '../customer-phone.ts'
import type { Platform } from '../platform.ts'
import type { RecordOf, SimulatorRecord } from '../record-book.ts'
import { control, nothing, place, tellChanged, toPlace } from './control.ts'

/** `calls` counts per endpoint; `firstLabel` is the banner of the page. */
export function createRecordControls(platform: Platform, calls: ReadonlyMap<string, number>, firstLabel: string) {
  const { corp, clock, switches, book, callbacks } = platform
  let modelLabel = firstLabel
  return {
    /** After `since`, oldest first. */
    records: control(
      z
        .strictObject({ since: z.number().int().default(0), limit: z.number().int().positive().default(1_000_000) })
        .optional(),
      (input) => ({ records: book.list(input?.since, input?.limit), lastSeq: book.lastSeq() }),
    ),
    written: control(nothing, () => book.only('written')),
    delivered: control(nothing, () => book.only('delivered')),
    refused: control(nothing, () => book.only('refused')),
    callbackTries: control(nothing, () => book.only('callback')),
    calls: control(nothing, () => Object.fromEntries(calls)),
    clearRecords: control(nothing, () => {
      book.clear()
      return {}
    }),
    /** Resolves when no callback is under way, repeats included. */
    callbacksSettled: control(nothing, async () => {
      await callbacks.settled()
      return {}
    }),
    conversation: control(z.strictObject(place), (input) => describeConversation(platform, toPlace(platform, input))),
    /** One conversation for the page: where it stands and what was said. */
    chat: control(z.strictObject(place), (input) => {
      const at = toPlace(platform, input)
      return {
        ...describeConversation(platform, at),
        lastSeq: book.lastSeq(),
        records: book.ofConversation(at.openKfId, at.externalUserId),
      }
    }),
    /** The conversations of one account that have begun, with their states: what servicers see. */
    conversations: control(z.strictObject({ openKfId: z.string().optional() }), (input) => {
      const { openKfId } = toPlace(platform, { ...input, externalUserId: '' })
      return corp.conversationsOf(openKfId).flatMap(({ externalUserId, lastWrittenAt }) => {
        if (lastWrittenAt === undefined) return []
        const name = corp.customers.get(externalUserId)?.name ?? externalUserId
        return [{ externalUserId, name, ...describeConversation(platform, { openKfId, externalUserId }) }]
      })
    }),
    /** Everything else that the page shows. The callback's secrets are not in it. */
    overview: control(nothing, () => ({
      corpId: corp.corpId,
      modelLabel,
      now: clock.now(),
      movedMs: clock.movedMs(),
      lastSeq: book.lastSeq(),
      callbackUrl: callbacks.settings().url,
      accounts: [...corp.accounts.values()].map((account) => ({
        openKfId: account.openKfId,
        name: account.name,
        authorised: account.authorised,
        servicers: servicersOf(platform, account),
      })),
      mode: switches.mode,
      members: [...corp.members.values()],
      customers: [...corp.customers.values()].map((customer) => ({
        externalUserId: customer.externalUserId,
        name: customer.name,
        lastMessage: lastMessageOf(platform, customer.externalUserId),
      })),
    })),
    setModelLabel: control(z.strictObject({ label: z.string() }), ({ label }) => {
      modelLabel = label
      tellChanged(platform)
      return {}
    }),
  }
}

/** By name and through departments. */
function servicersOf({ corp }: Platform, account: Account): Servicer[] {
  const through = [...corp.members.keys()].filter((userId) => !account.servicers.has(userId))
  return [...account.servicers.keys(), ...through].flatMap((userId) => corp.servicer(account, userId) ?? [])
}

/** For the list of customers. */
function lastMessageOf({ corp, book }: Platform, externalUserId: string): { msgtype: string; text: string } | null {
  const last = [...corp.accounts.keys()]
    .map((openKfId) => book.ofConversation(openKfId, externalUserId).findLast(isMessage))
    .filter((record) => record !== undefined)
    .sort((a, b) => a.seq - b.seq)
    .at(-1)
  return last === undefined ? null : { msgtype: last.msgtype, text: last.text.slice(0, 60) }
}

function isMessage(record: SimulatorRecord): record is RecordOf<'written' | 'delivered'> {
  return record.kind === 'written' || record.kind === 'delivered'
}
