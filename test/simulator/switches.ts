/**
 * What is not known about the platform, or differs between its modes, as named switches. The default is the choice that
 * we take for the most likely; a client must work with every position. Change them at start or while it runs.
 */
import { z } from 'zod'

const probability = z.number().min(0).max(1)
const durationMs = z.number().int().nonnegative()
const state = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4)])

export const switchesSchema = z.strictObject({
  // Callbacks
  /** The documented envelope is XML; the JSON one is in official samples only. */
  callbackEnvelope: z.enum(['xml', 'json']).default('xml'),
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
  /** 40033 for `\uXXXX` in a body, as documented. */
  refuseUnicodeEscapes: z.boolean().default(true),

  // sync_msg
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
  overdueErrcode: z.union([z.literal(95002), z.literal(95018)]).default(95002),
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
