import { describe, expect, it } from 'vitest'
import { createIsWithPerson } from '../../../../bridge/stages/is-with-person.ts'
import type { ConversationClaim } from '../../../../bridge/store/conversation-claim.ts'
import { refused, unreachable } from '../../../../bridge/wecom/wecom-error.ts'

const FIRST_DUE = 100_000
const claim = { openKfId: 'wk1', externalUserId: 'wm1', firstDue: FIRST_DUE } as ConversationClaim
const { signal } = new AbortController()

const ask = (state: number | Error, waitedMs = 0) =>
  createIsWithPerson({
    getServiceState: () => (state instanceof Error ? Promise.reject(state) : Promise.resolve(state)),
    now: () => FIRST_DUE + waitedMs,
    endEventMs: 10_000,
  })(claim, signal)

describe('whether a person has the conversation', () => {
  it.each([
    ['new', 0, false],
    ['with the bot', 1, false],
    ['in the pool', 2, true],
    ['with a person', 3, true],
  ])('is told by the platform: %s', async (_, state, expected) => {
    expect(await ask(state)).toBe(expected)
  })

  it('waits for the event that tells of the end: what came before it was said to the person', async () => {
    expect(await ask(4)).toBeUndefined()
    expect(await ask(4, 9_999)).toBeUndefined()
  })

  it('does not wait for ever for an event that never comes', async () => {
    expect(await ask(4, 10_000)).toBe(false)
  })

  it.each([
    ['the platform is away', unreachable('kf/service_state/get', 'network'), undefined],
    ['it asks to wait', refused('kf/service_state/get', 45009), undefined],
    ['the mode has no states', refused('kf/service_state/get', 48002), true],
  ])('when %s', async (_, fault, expected) => {
    expect(await ask(fault)).toBe(expected)
  })
})
