import { describe, expect, it } from 'vitest'
import type { MenuAction } from '../../../../bridge/service/menus/parse-menu-file.ts'
import { createRestate } from '../../../../bridge/service/restate.ts'
import type { Ask } from '../../../../bridge/stages/service-desk.ts'

const ACTIONS: Readonly<Record<string, MenuAction>> = {
  refund: { kind: 'ask', question: '退货的步骤' },
  hours: { kind: 'answer', text: '九点到六点' },
}
const restate = createRestate({ findTap: (_openKfId, id) => ACTIONS[id] })
const tap = (id: string, over: object = {}) => ({
  ...{
    origin: 3,
    type: 'text',
    state: 'parsed',
    text: '怎么退货',
    raw: `{"text":{"content":"怎么退货","menu_id":"${id}"}}`,
  },
  ...over,
})
const words = tap('', { raw: '{"text":{"content":"你好"}}', text: '你好' })
const event = { origin: 4, type: 'event', state: 'parsed', text: '', raw: '{}' }
const ask = (unanswered: readonly object[]) => ({ claim: { openKfId: 'wk1' }, unanswered }) as unknown as Ask

describe('createRestate', () => {
  it.each([
    ['a tap that asks', [words, tap('refund')], '退货的步骤'],
    ['a tap with an event after it', [tap('refund'), event], '退货的步骤'],
    ['a tap that has words after it', [tap('refund'), words], undefined],
    ['a tap that was taken back', [words, tap('refund', { state: 'recalled' })], undefined],
    ['a tap that is answered without a model', [tap('hours')], undefined],
    ['a tap on a menu that is gone', [tap('old')], undefined],
    ['nothing of the customer', [event], undefined],
  ])('says of %s what it stands for', (_what, unanswered, question) => {
    expect(restate(ask(unanswered))).toBe(question)
  })
})
