/**
 * What is not known about the platform, or differs between its modes and companies, as named switches. The default is the
 * choice that we take for the most likely; a client must work with every position. Change them at start or while it runs.
 * Each is explained in docs/simulator.md; a test keeps the two together.
 */
import { z } from 'zod'

const probability = z.number().min(0).max(1)
const durationMs = z.number().int().nonnegative()
const state = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4)])

export const switchesSchema = z.strictObject({
  // The company
  /** `wecom`: self-built app; `native`: kf.weixin.qq.com. What a mode lacks is refused as the next two switches say. */
  mode: z.enum(['wecom', 'native']).default('wecom'),
  /** What an endpoint that the mode does not document answers; null: it works all the same. */
  lackingEndpointErrcode: z.number().int().nullable().default(48002),
  /** What a msgtype that the mode does not document answers (business_card in WeCom mode); null: it works. */
  lackingMsgtypeErrcode: z.number().int().nullable().default(40008),
  /** An unverified company serves `unverifiedCustomers` customers (95003 then) and has ten accounts at most (95027). */
  corpVerified: z.boolean().default(true),
  unverifiedCustomers: z.number().int().nonnegative().default(100),
  /** 95005 beyond it. The number is not published. */
  maxAccounts: z.number().int().positive().default(5000),
  /** 95020 beyond it, per account. The number is not published. */
  maxServicers: z.number().int().positive().default(2000),
  /** What adding an unknown department says of it. */
  unknownDepartmentErrcode: z.number().int().default(60003),
  /** Whether account/list also names accounts that the app may not manage, with manage_privilege false. */
  accountListShowsForeign: z.boolean().default(false),
  /** Whether customers have a unionid, which needs a bound WeChat open-platform account. */
  unionIds: z.boolean().default(false),
  /** The table of the page and its example name this key differently. */
  upgradeDepartmentsKey: z.enum(['department_id_list', 'department_list']).default('department_id_list'),
  /** A day on which nothing happened: a row of zeros, or one without `statistic`. */
  emptyDayStatistic: z.enum(['zeros', 'absent']).default('zeros'),
  /** The example nests similar questions and answers in the question, the table puts them beside it. */
  intentPartsNested: z.boolean().default(false),

  // Callbacks
  /** The documented envelope is XML; the JSON ones are in official samples only, with keys of either spelling. */
  callbackEnvelope: z.enum(['xml', 'json', 'json-capitals']).default('xml'),
  /** What AgentID carries is not known for Customer Service; null leaves the node out. */
  callbackAgentId: z.string().nullable().default(''),
  /** Pages of 2021 have the id of the component in ToUserName of the event instead of the corp id. */
  callbackToUser: z.enum(['corp', 'component']).default('corp'),
  /** Whether messages that come within this time share one callback is not documented; 0: each has its own. */
  callbackFoldMs: durationMs.default(0),
  /** Whether a repeated callback has its old query and ciphertext or is signed anew is not documented. */
  callbackRepeatIsSignedAnew: z.boolean().default(false),
  /** Callbacks of 2022 still came without an account. */
  callbackOmitsOpenKfId: z.boolean().default(false),
  /** Two official pages disagree on whether a status other than 200 is tried again. */
  callbackRetriesOnStatus: z.boolean().default(true),
  /** Waits before the second and third try; their number is the number of repeats. Not published. */
  callbackGapsMs: z.array(durationMs).max(10).default([1000, 2000]),
  /** A try without an answer in this time is dropped. Documented: 5 s. */
  callbackBudgetMs: durationMs.default(5000),
  /** The console's URL check. Documented: 1 s. */
  verifyBudgetMs: durationMs.default(1000),
  /** Share of callbacks that are posted twice. Duplicates are documented as normal. */
  duplicateCallbackChance: probability.default(0),
  /** Share of callbacks that are never posted. Delivery is documented as not guaranteed. */
  lostCallbackChance: probability.default(0),
  /** Share of callbacks that are held back by up to `lateCallbackMs`, so that later ones overtake them. */
  lateCallbackChance: probability.default(0),
  lateCallbackMs: durationMs.default(500),

  // Access token
  /** Older pages: the same token while it is valid. False gives a new one at each call; the old one stays valid. */
  gettokenRepeats: z.boolean().default(true),
  /** What a token that was revoked early is answered with. */
  revokedTokenErrcode: z.union([z.literal(40014), z.literal(42001)]).default(40014),
  /** Wrong secrets in a row until the address is banned for an hour. The ban is documented, its number is not. */
  wrongSecretsUntilBan: z.number().int().positive().default(5),

  // Requests
  /** Calls of one API in a minute until 45009. Documented: 10,000. null: no limit. */
  callsPerMinute: z.number().int().positive().nullable().default(10_000),
  /** An `Error-Code` header on every answer; believed to exist, not verified. */
  errorCodeHeader: z.boolean().default(false),
  /** 40033 for `\uXXXX` in a body, as documented. */
  refuseUnicodeEscapes: z.boolean().default(true),

  // sync_msg
  /** Older pages: open_kfid may be left out, and all accounts of the app are pulled together under one cursor. */
  syncNeedsAccount: z.boolean().default(true),
  /** Most entries of a page, whatever `limit` asks. A page may be shorter than asked, as documented. */
  syncPageSize: z.number().int().positive().max(1000).default(1000),
  /** The share of pages that come empty with has_more=1, as documented to happen. */
  emptyPageChance: probability.default(0),
  /** Whether a callback's token pulls its own account only. */
  syncTokenBoundToAccount: z.boolean().default(true),
  /** Pulls without a token in any 60 s before 45009; blocked for 60 s then. The number is not published. null: no limit. */
  tokenlessSyncsPerMinute: z.number().int().nonnegative().nullable().default(5),
  tokenlessBudgetScope: z.enum(['account', 'corp']).default('account'),
  badCursorErrcode: z.number().int().default(50100),
  /** A cursor that points further back than the three days that are kept. */
  oldCursor: z.enum(['oldest', 'refused']).default('oldest'),
  /** Whether a callback's token still pulls after it has reached the end once. */
  syncTokenOutlivesDrain: z.boolean().default(true),
  /** Tencent's Silk normally begins with a byte 0x02; whether it does here is not known. */
  silkLeadingByte: z.boolean().default(true),
  /** The text that a customer's oversized file arrives as, with {kind} and {limit}. Its wording is not published. */
  oversizeNotice: z.string().min(1).default('[{kind}超过 {limit}，暂不支持接收]'),

  // send_msg
  /** Whether a msgid of a refused call is used up. */
  refusedMsgidIsBurnt: z.boolean().default(false),
  /** An empty msgid: refused with 40058, or taken for none. */
  emptyMsgid: z.enum(['refused', 'ignored']).default('refused'),
  messagesPerCustomerMessage: z.number().int().nonnegative().default(5),
  /** Whether a message on an event uses up one of the five. */
  eventMessagesCount: z.boolean().default(false),
  /** Whether a menu tap gives a fresh allowance. */
  menuTapRenewsAllowance: z.boolean().default(true),
  endedSessionErrcode: z.union([z.literal(95013), z.literal(95018)]).default(95013),
  /** Documented: 50 items of which 10 can be tapped. The error table still says 10 of all kinds. */
  menuItems: z.number().int().positive().default(50),
  /** The page of send_msg_on_event says 10. */
  eventMenuItems: z.number().int().positive().default(10),
  /** Share of accepted messages that do not arrive, with a msg_send_fail of `sendFailType` after it. */
  sendFailChance: probability.default(0),
  sendFailType: z.number().int().min(0).max(13).default(0),
  overdueErrcode: z.union([z.literal(95002), z.literal(95018)]).default(95002),
  /** A code that is used up, too old or unknown. */
  spentCodeErrcode: z.number().int().default(41050),
  /** A welcome after the customer has begun to write. */
  welcomeAfterChat: z.enum(['accepted', 'refused']).default('accepted'),

  // service_state/trans
  /** Allowed changes, [from, to]. The official matrix is a picture; this is a transcription. */
  transitions: z.array(z.tuple([state, state])).default([
    [0, 1],
    [0, 2],
    [0, 3],
    [0, 4],
    [1, 1],
    [1, 2],
    [1, 3],
    [1, 4],
    [2, 2],
    [2, 3],
    [2, 4],
    [3, 3],
    [3, 4],
  ]),

  // media
  /** Current page: 10 MB. Older pages and the text of 45001 give 2 MB. */
  imageUploadBytes: z
    .number()
    .int()
    .positive()
    .default(10 * 1024 * 1024),
  /** What a media_id that is older than three days answers. */
  expiredMediaErrcode: z.union([z.literal(40007), z.literal(40145)]).default(40007),
  /** Some resources are stored encrypted: their ranges must be multiples of 16 bytes. */
  mediaRangesBy16: z.boolean().default(false),
})

export type Switches = z.output<typeof switchesSchema>
/** Each switch may be left out: the others keep their position. */
export const switchChangesSchema = z.strictObject(
  Object.fromEntries(
    Object.entries(switchesSchema.shape).map(([name, schema]) => [name, schema.unwrap().optional()]),
  ) as {
    [K in keyof typeof switchesSchema.shape]: z.ZodOptional<ReturnType<(typeof switchesSchema.shape)[K]['unwrap']>>
  },
)

export type SwitchChanges = z.output<typeof switchChangesSchema>

export interface SwitchDescription {
  name: string
  kind: 'boolean' | 'number' | 'text' | 'choice' | 'json'
  /** Of a choice. */
  options: readonly (string | number)[]
  value: unknown
  first: unknown
  /** Whether null is a position too. */
  isNullable: boolean
}

/** For a page that lets people set them. */
export function describeSwitches(switches: Switches): SwitchDescription[] {
  const schema = z.toJSONSchema(switchesSchema)
  return Object.entries(schema.properties ?? {}).map(([name, property]) => {
    if (typeof property === 'boolean') throw new TypeError(`switch ${name} has no schema`)
    const choices = property.anyOf ?? []
    const isNullable = choices.some((choice) => typeof choice === 'object' && choice.type === 'null')
    const literals = choices.flatMap((choice) =>
      typeof choice === 'object' && choice.const !== undefined ? [choice.const] : [],
    )
    const inner = isNullable ? choices.find((choice) => typeof choice === 'object' && choice.type !== 'null') : property
    const { type, enum: names = [] } = typeof inner === 'object' ? inner : {}
    const options = [...names, ...literals] as (string | number)[]
    return {
      name,
      kind: options.length > 0 ? 'choice' : (KINDS[String(type)] ?? 'json'),
      options,
      value: switches[name as keyof Switches],
      first: property.default,
      isNullable,
    }
  })
}

const KINDS: Readonly<Record<string, SwitchDescription['kind']>> = {
  boolean: 'boolean',
  number: 'number',
  integer: 'number',
  string: 'text',
}
