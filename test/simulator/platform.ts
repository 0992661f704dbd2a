/** What the rules of the platform work on: its state, its clock, and where it writes down what happened. */
import type { AccessTokens } from './access-tokens.ts'
import type { CallLimits } from './call-limits.ts'
import type { CallbackSender } from './callback-sender.ts'
import type { Chance } from './chance.ts'
import type { Clock } from './clock.ts'
import type { Corp } from './corp.ts'
import type { KnowledgeBase } from './knowledge-base.ts'
import type { MediaStore } from './media-store.ts'
import type { RecordBook } from './record-book.ts'
import type { Switches } from './switches.ts'
import type { SyncTokens } from './sync-tokens.ts'
import type { Tally } from './tally.ts'

export interface Platform {
  readonly corp: Corp
  readonly clock: Clock
  readonly switches: Switches
  readonly chance: Chance
  readonly book: RecordBook
  readonly media: MediaStore
  readonly knowledge: KnowledgeBase
  readonly tally: Tally
  readonly limits: CallLimits
  readonly accessTokens: AccessTokens
  readonly syncTokens: SyncTokens
  readonly callbacks: CallbackSender
  /** Signs cursors. */
  readonly cursorSecret: string
}
