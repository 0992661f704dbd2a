/**
 * What the short codes of the vendors mean for us. A status alone often says the wrong thing: Ark tells of a filtered text, of a
 * retired model and of a bad parameter with 400 alike, and of a model that is not switched on with 404.
 * Sources: https://www.volcengine.com/docs/82379/1299023 · https://platform.openai.com/docs/guides/error-codes
 */

export type FaultKind = 'account' | 'sensitive' | 'refused' | 'unavailable'

/** What of the account is not as it must be. */
export type AccountFault = 'key' | 'right' | 'balance' | 'model' | 'model-closed'

export interface VendorFault {
  kind: FaultKind
  /** What an operator does about it, in a few words. */
  hint?: string
  about?: AccountFault
}

const account = (about: AccountFault, hint: string): VendorFault => ({ kind: 'account', about, hint })
const MODEL_UNKNOWN = account(
  'model',
  'the model or endpoint is not known there: give its full dated id, or an endpoint id (ep-…)',
)
const MODEL_CLOSED = account('model-closed', "open this model in the vendor's console, or name another one")
const NO_BALANCE = account('balance', 'the balance is used up: top it up')

/** Read from the top; the first that fits counts. */
const FAULTS: readonly (readonly [RegExp, VendorFault])[] = [
  [/Sensitive|content_?filter|content_policy|data_?inspection/i, { kind: 'sensitive' }],
  [/^ModelNotOpen$|ServiceNotOpen|ModelIDAccessDisabled|UnsupportedModel/, MODEL_CLOSED],
  [/^InvalidEndpointOrModel|^InvalidEndpoint|^model_not_found$/, MODEL_UNKNOWN],
  [/^AccountOverdue|^QuotaExceeded|insufficient_(quota|balance)|Arrearage/i, NO_BALANCE],
  [/^AuthenticationError$|^invalid_api_key$/, account('key', 'the key is wrong')],
  [/^AccessDenied/, account('right', 'the key may not do this')],
  [/^RateLimitExceeded|^ServerOverloaded|^InternalServiceError/, { kind: 'unavailable' }],
]

/** Undefined when the code says nothing that its status does not. */
export function findVendorFault(code: unknown): VendorFault | undefined {
  if (typeof code !== 'string') return undefined
  return FAULTS.find(([pattern]) => pattern.test(code))?.[1]
}

/** The words in which models' vendors tell of their filter, where a service in between passes on nothing but words. */
export function tellsOfFilter(message: string): boolean {
  return /Content Exists Risk|SensitiveContent|sensitive content|data_inspection|DataInspection|content_?filter/i.test(
    message,
  )
}
