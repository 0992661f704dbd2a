/** Who of the people on duty is given the next customer. */
import type { AccountSettings } from '../settings/account-settings.ts'
import type { Servicer } from '../wecom/endpoints/list-servicers.ts'

/** When each was last given a customer, unix ms. */
export type ServicerTurns = ReadonlyMap<string, number>

/**
 * Everybody who may be asked, the best first; whoever is off duty is left out. The platform may refuse one all the same, because they have stopped
 * a moment ago: then the next is asked.
 */
export function chooseServicers(
  { to, named }: Pick<AccountSettings['handover'], 'to' | 'named'>,
  servicers: readonly Servicer[],
  turns: ServicerTurns,
): string[] {
  // Whoever's state is not told may be there: the platform decides.
  const onDuty = servicers.flatMap(({ userId, state }) =>
    userId !== undefined && (state === 'receiving' || state === undefined) ? [userId] : [],
  )
  switch (to) {
    case 'pool':
      return []
    case 'named':
      return named.filter((userId) => onDuty.includes(userId))
    case 'least-recent':
      // A stable sort: of two who were never asked, the one that the platform names first.
      return onDuty.toSorted((one, other) => (turns.get(one) ?? 0) - (turns.get(other) ?? 0))
    case 'round-robin': {
      const circle = onDuty.toSorted()
      const last = [...turns].toSorted(([, one], [, other]) => other - one)[0]?.[0] ?? ''
      const next = circle.findIndex((userId) => userId > last)
      return next <= 0 ? circle : [...circle.slice(next), ...circle.slice(0, next)]
    }
  }
}
