/**
 * Everything that a test, the phone page or another process may do to the simulator: play customers and servicers, look at
 * what happened, move the clock, cause trouble. Each control parses its input, so the control API can pass on what it got.
 */
import { z } from 'zod'
import { amrSeconds } from '../amr-seconds.ts'
import { ENDPOINTS } from '../api/endpoints.ts'
import { appendEvent } from '../append-entry.ts'
import type { Account, Servicer } from '../corp.ts'
import { createCustomerPhone, describeConversation } from '../customer-phone.ts'
import { listErrorCodes } from '../error-codes.ts'
import { type FaultTable, faultRuleSchema } from '../fault-table.ts'
import type { Platform } from '../platform.ts'
import type { RecordOf, SimulatorRecord } from '../record-book.ts'
import { refuse } from '../refuse.ts'
import { performServicerAct, servicerActSchema } from '../servicer-console.ts'
import { describeSwitches, switchChangesSchema } from '../switches.ts'

/** A control takes one object (none where every field may be left out) and parses it. Throws a ZodError or a refusal. */
type Control<S extends z.ZodType, R> =
  undefined extends z.input<S> ? (input?: z.input<S>) => R : (input: z.input<S>) => R

function control<S extends z.ZodType, R>(schema: S, run: (input: z.output<S>) => R): Control<S, R> {
  return ((input: unknown) => run(schema.parse(input))) as Control<S, R>
}

const nothing = z.strictObject({}).optional()
/** Which conversation. Without an account: the first one. */
const place = { openKfId: z.string().optional(), externalUserId: z.string() }

export interface ControlsDeps {
  platform: Platform
  faults: FaultTable
  /** Calls per endpoint. */
  calls: ReadonlyMap<string, number>
  modelLabel: string
}

export function createControls({ platform, faults, calls, modelLabel: firstLabel }: ControlsDeps) {
  const { corp, clock, switches, book, media, accessTokens, callbacks } = platform
  const phone = createCustomerPhone(platform)
  let modelLabel = firstLabel

  const toPlace = ({ openKfId, externalUserId }: { openKfId?: string | undefined; externalUserId: string }) => ({
    openKfId: openKfId ?? corp.accounts.keys().next().value ?? '',
    externalUserId,
  })
  const changed = () => book.add({ kind: 'changed', openKfId: '', externalUserId: '' })

  return {
    // Customers
    addCustomer: control(
      z.strictObject({
        name: z.string().min(1).max(64),
        externalUserId: z.string().optional(),
        gender: z.union([z.literal(0), z.literal(1), z.literal(2)]).optional(),
      }),
      (input) => {
        const customer = corp.addCustomer(input)
        changed()
        return customer
      },
    ),
    customerWrites: control(
      z.strictObject({ ...place, text: z.string().min(1), menuId: z.string().optional() }),
      (input) => ({ msgid: phone.writes(toPlace(input), input.text, input.menuId) }),
    ),
    /** `body` as in msg_list; leave it out for the types that have none. Types that nobody has heard of are fine. */
    customerSends: control(
      z.strictObject({ ...place, msgtype: z.string().min(1), body: z.unknown().optional() }),
      (input) => ({ msgid: phone.sends(toPlace(input), input.msgtype, input.body) }),
    ),
    customerEnters: control(
      z.strictObject({
        ...place,
        scene: z.string().default(''),
        sceneParam: z.string().default(''),
        /** As in the event: nickname, shop_nickname, scene. */
        wechatChannels: z.record(z.string(), z.unknown()).optional(),
      }),
      (input) => phone.enters(toPlace(input), input),
    ),
    /** Opens a link that add_contact_way gave, `&scene_param=…` and all. */
    customerOpensLink: control(z.strictObject({ externalUserId: z.string(), url: z.string() }), (input) =>
      phone.opensLink(input.externalUserId, input.url),
    ),
    /** Blocks the account: what is sent is accepted and fails later, with fail_type 10. Or takes messages again. */
    customerBlocks: control(z.strictObject({ ...place, on: z.boolean() }), (input) => {
      phone.blocks(toPlace(input), input.on)
      return {}
    }),
    /** Adds the member or joins the group that upgrade_service offered. */
    customerAcceptsOffer: control(z.strictObject({ ...place, kind: z.enum(['member', 'groupchat']) }), (input) => {
      phone.acceptsOffer(toPlace(input), input.kind)
      return {}
    }),
    customerRecalls: control(z.strictObject({ ...place, msgid: z.string() }), (input) => {
      phone.recalls(toPlace(input), input.msgid)
      return {}
    }),
    /** A file for an inbound message; also one that the API would refuse. */
    addMedia: control(
      z.strictObject({
        type: z.enum(['image', 'voice', 'video', 'file']),
        filename: z.string().min(1),
        contentType: z.string().default('application/octet-stream'),
        base64: z.string(),
        /** The same voice as voice_format=1 delivers it. */
        silkBase64: z.string().optional(),
      }),
      ({ base64, silkBase64, ...file }) => {
        const silk = silkBase64 === undefined ? undefined : toBytes(silkBase64)
        const { mediaId } = media.add({ ...file, bytes: toBytes(base64), silk })
        return { mediaId }
      },
    ),

    /** Name, size and, for a voice, seconds of a file, for whoever shows it. null for one that is gone. */
    mediaInfo: control(z.strictObject({ mediaId: z.string() }), ({ mediaId }) => {
      const file = media.get(mediaId)
      if (file === undefined) return { file: null }
      const { type, filename, contentType, bytes } = file
      const seconds = type === 'voice' ? Math.ceil(amrSeconds(bytes)) : 0
      return { file: { type, filename, contentType, size: bytes.length, seconds } }
    }),

    // The company
    addMember: control(
      z.strictObject({
        userId: z.string().min(1),
        name: z.string().optional(),
        departments: z.array(z.number().int()).optional(),
        /** Inside the app's visible range. */
        visible: z.boolean().optional(),
        activated: z.boolean().optional(),
      }),
      (input) => {
        corp.addMember(input)
        changed()
        return {}
      },
    ),
    /** Whom and which group chats upgrade_service may name. */
    configureUpgrade: control(
      z.strictObject({
        userIds: z.array(z.string()).default([]),
        departmentIds: z.array(z.number().int()).default([]),
        chatIds: z.array(z.string()).default([]),
      }),
      (config) => {
        corp.upgrade = config
        return {}
      },
    ),
    addAccount: control(
      z.strictObject({
        name: z.string().min(1),
        openKfId: z.string().optional(),
        authorised: z.boolean().optional(),
        servicers: z.array(z.string()).optional(),
      }),
      (input) => {
        const { openKfId, name } = corp.addAccount(input)
        changed()
        return { openKfId, name }
      },
    ),
    /** Gives the account to the app or takes it away, with the callback that says so. */
    authoriseAccount: control(z.strictObject({ openKfId: z.string(), authorised: z.boolean() }), (input) => {
      const account = corp.accounts.get(input.openKfId)
      if (account === undefined) refuse(95004, 'no such account')
      account.authorised = input.authorised
      callbacks.send(input.openKfId, {
        ToUserName: corp.corpId,
        FromUserName: 'sys',
        CreateTime: Math.floor(clock.now() / 1000),
        MsgType: 'event',
        Event: 'kf_account_auth_change',
        [input.authorised ? 'AuthAddOpenKfId' : 'AuthDelOpenKfId']: [input.openKfId],
      })
      return {}
    }),
    servicerActs: control(servicerActSchema, (act) => {
      performServicerAct(platform, act)
      return {}
    }),
    /** An accepted message turns out not to have reached the customer. `failType` as documented, 0 to 13. */
    failDelivery: control(
      z.strictObject({ openKfId: z.string(), msgid: z.string(), failType: z.number().int() }),
      (input) => {
        const sent = corp.accounts.get(input.openKfId)?.sent.get(input.msgid)
        if (sent === undefined) refuse(95028, 'no such message at this account')
        appendEvent(platform, input.openKfId, sent.externalUserId, {
          event_type: 'msg_send_fail',
          fail_msgid: input.msgid,
          fail_type: input.failType,
        })
        return {}
      },
    ),

    // The console
    /** Leave out what stays. Rejects an address or key of the wrong form. */
    setCallback: control(
      z.strictObject({
        url: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]).optional(),
        token: z.string().optional(),
        aesKey: z.string().optional(),
      }),
      async (input) => {
        const { url, token, aesKey } = { ...callbacks.settings(), ...definedOf(input) }
        await callbacks.setSettings({ url, token, aesKey })
        changed()
        return {}
      },
    ),
    /** What the console does when the address is saved. */
    checkCallbackUrl: control(nothing, () => callbacks.checkUrl()),
    revokeAccessTokens: control(nothing, () => {
      accessTokens.revokeAll()
      return {}
    }),

    // Trouble and time
    addFault: control(faultRuleSchema, (rule) => faults.add(rule)),
    removeFault: control(z.strictObject({ id: z.number().int() }), ({ id }) => {
      faults.remove(id)
      return {}
    }),
    clearFaults: control(nothing, () => {
      faults.clear()
      return {}
    }),
    faults: control(nothing, () => faults.list()),
    /** Changes those that are named and returns all. */
    setSwitches: control(switchChangesSchema, (changes) => {
      Object.assign(switches, definedOf(changes))
      changed()
      return { ...switches }
    }),
    /** Every switch with its position, its first position, and what it may be set to. */
    switchTable: control(nothing, () => describeSwitches(switches)),
    /** Every path that a fault can name. */
    endpoints: control(nothing, () => [
      'gettoken',
      'media/upload',
      'media/uploadimg',
      'media/get',
      ...Object.keys(ENDPOINTS),
    ]),
    /** Every errcode that a fault can give, with its meaning. */
    errorCodes: control(nothing, () => listErrorCodes()),
    /** Moves the simulator's clock; callbacks' tries and delays stay on real time. Returns unix ms and by how much it was moved in all. */
    moveClock: control(z.strictObject({ ms: z.number().int() }), ({ ms }) => {
      clock.move(ms)
      changed()
      return { now: clock.now(), movedMs: clock.movedMs() }
    }),

    // What happened
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
    conversation: control(z.strictObject(place), (input) => describeConversation(platform, toPlace(input))),
    /** One conversation for the page: where it stands and what was said. */
    chat: control(z.strictObject(place), (input) => {
      const at = toPlace(input)
      return {
        ...describeConversation(platform, at),
        lastSeq: book.lastSeq(),
        records: book.ofConversation(at.openKfId, at.externalUserId),
      }
    }),
    /** The conversations of one account that have begun, with their states: what servicers see. */
    conversations: control(z.strictObject({ openKfId: z.string().optional() }), (input) => {
      const { openKfId } = toPlace({ ...input, externalUserId: '' })
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
      changed()
      return {}
    }),
  }
}

export type SimulatorControls = ReturnType<typeof createControls>

/** By name and through departments. */
function servicersOf({ corp }: Platform, account: Account): Servicer[] {
  const through = [...corp.members.keys()].filter((userId) => !account.servicers.has(userId))
  return [...account.servicers.keys(), ...through].flatMap((userId) => corp.servicer(account, userId) ?? [])
}

function toBytes(base64: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(base64, 'base64'))
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

/** Fields that are there; with exact optional properties, undefined must not overwrite. */
function definedOf<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}
