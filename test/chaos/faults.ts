/** What the platform and the model do wrong by themselves: each about one call in ten, by seeded dice. */
import type { Chance } from '../simulator/chance.ts'
import type { FaultAction, NewFaultRule } from '../simulator/fault-table.ts'
import type { ModelBehaviour } from '../support/stand-in-model.ts'

type PlatformFault = readonly [percent: number, action: NewFaultRule['action']]

const refusal = (errcode: number): Extract<FaultAction, { kind: 'errcode' }> => ({ kind: 'errcode', errcode })

const ANY_CALL: readonly PlatformFault[] = [
  [1, { kind: 'status', status: 502 }],
  [1, { kind: 'html' }],
  [1.5, { kind: 'cut-before' }],
  [0.7, { kind: 'silence' }],
]

const PLATFORM_FAULTS: Readonly<Record<string, readonly PlatformFault[]>> = {
  'kf/send_msg': [
    ...ANY_CALL,
    [2, { kind: 'cut-after' }],
    [0.7, { kind: 'silence', takesEffect: true }],
    [1, refusal(-1)],
    [0.7, refusal(45033)],
    [0.7, refusal(6000)],
    [0.3, refusal(45009)],
    [0.5, refusal(40014)],
  ],
  'kf/sync_msg': [
    ...ANY_CALL,
    [1, { kind: 'cut-after' }],
    [0.7, refusal(-1)],
    [0.5, refusal(45033)],
    [0.2, refusal(45009)],
    [0.3, refusal(42001)],
    [0.6, refusal(95007)],
    [1, { kind: 'empty-page' }],
    [1, { kind: 'stuck-cursor' }],
    [1, { kind: 'shuffled-page' }],
  ],
  gettoken: [...ANY_CALL, [3, { kind: 'cut-after' }], [3, refusal(-1)]],
  'kf/account/list': [...ANY_CALL, [3, { kind: 'cut-after' }], [3, refusal(-1)]],
}

export function platformFaults(): NewFaultRule[] {
  return Object.entries(PLATFORM_FAULTS).flatMap(([endpoint, faults]) =>
    faults.map(([percent, action]) => ({ endpoint, action, chance: percent / 100 })),
  )
}

const MODEL_FAULTS: readonly (readonly [percent: number, behaviour: ModelBehaviour])[] = [
  [1.5, { kind: 'status', status: 429, retryAfterS: 1 }],
  [1.5, { kind: 'status', status: 500 }],
  [1, { kind: 'status', status: 503 }],
  [0.3, { kind: 'status', status: 402 }],
  [1.5, { kind: 'cut' }],
  [1, { kind: 'blank' }],
  [1, { kind: 'html', status: 502 }],
  [1, { kind: 'finish', reason: 'insufficient_system_resource' }],
  [0.5, { kind: 'keep-alive' }],
  [0.5, { kind: 'silence' }],
  [0.5, { kind: 'delay', ms: 3000 }],
]

/** For each request to the model: how it goes wrong, or undefined. */
export function createModelMishaps(chance: Chance): () => ModelBehaviour | undefined {
  return () => {
    let left = chance.next() * 100
    return MODEL_FAULTS.find(([percent]) => {
      left -= percent
      return left < 0
    })?.[1]
  }
}
