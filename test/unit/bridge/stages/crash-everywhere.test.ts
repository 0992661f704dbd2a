/**
 * The process dies at every single step: before each statement of the database and before and after each call of the platform. A
 * second life then finds the same database, and the customer must be served as if nothing had happened.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Question } from '../../../../bridge/answer/answerer.ts'
import { createWriter } from '../../../../bridge/answer/create-writer.ts'
import type { Database, Sql } from '../../../../bridge/store/database.ts'
import { createInstanceStore } from '../../../../bridge/store/instance-store.ts'
import { migrate } from '../../../../bridge/store/migrate.ts'
import { openSqlite } from '../../../../bridge/store/sqlite.ts'
import type { OutgoingText, SyncedMessage, SyncRequest } from '../../../../bridge/wecom/wecom-client.ts'
import { AppError } from '../../../../shared/app-error.ts'
import { CONV, createPipeline, customerText, platformEvent } from '../../../support/pipeline.ts'

/** Counts steps and dies at one of them: from then on nothing works any more. */
function createDeath(atStep: number) {
  let steps = 0
  const step = () => {
    steps += 1
    if (steps >= atStep) throw new AppError('test.dead', `died at step ${atStep}`, { retryable: false })
  }
  return { step, steps: () => steps }
}

type Death = ReturnType<typeof createDeath>

function mortal(database: Database, { step }: Death): Database {
  const toMortal = (sql: Sql): Sql => ({
    async all<Row>(text: string, ...values: Parameters<Sql['all']>[1][]) {
      step()
      return sql.all<Row>(text, ...values)
    },
    async run(text, ...values) {
      step()
      return sql.run(text, ...values)
    },
  })
  return {
    ...database,
    ...toMortal(database),
    async transaction(work) {
      const result = await database.transaction((sql) => {
        step()
        return work(toMortal(sql))
      })
      // Committed, and dead before anybody heard of it.
      step()
      return result
    },
  }
}

interface Story {
  pages: readonly (readonly SyncedMessage[])[]
  /** What the platform says to sends, in turn; then it takes everything. */
  refusals?: readonly AppError[]
  /** The model writes this, piece by piece; asked to go on after a beginning, it writes what is missing. */
  written?: readonly string[]
  /** A customer who says so wants a person. */
  wantsPerson?: string
}

/** A platform that keeps its own books: each msgid once. */
function createPlatform({ pages, refusals = [], written, wantsPerson }: Story) {
  const left = [...refusals]
  const taken = new Map<string, string>()
  return {
    taken,
    written,
    wantsPerson,
    handedOver: new Set<string>(),
    sync: async ({ cursor }: SyncRequest) => {
      const index = cursor === '' ? 0 : Number(cursor)
      const nextCursor = String(Math.min(index + 1, pages.length))
      return { messages: [...(pages[index] ?? [])], nextCursor, hasMore: index + 1 < pages.length }
    },
    send: async ({ msgid, text }: Pick<OutgoingText, 'msgid' | 'text'>) => {
      const refusal = left.shift()
      if (refusal !== undefined) throw refusal
      if (taken.has(msgid)) throw refused(95033, 'accepted-before')
      taken.set(msgid, text)
    },
  }
}

const refused = (errcode: number, action: string) =>
  new AppError('wecom.refused', 'refused', { retryable: false, details: { errcode, action } })

/** One life of the bridge; ends when nothing is left to do, or at its death. */
async function live(database: Database, platform: ReturnType<typeof createPlatform>, death: Death, id: string) {
  const instance = createInstanceStore({
    ...{ database, host: 'here', pid: Number(id), isAlive: () => false },
  })
  await instance.register()
  await instance.buryDead()
  const pipeline = await createPipeline({
    database: mortal(database, death),
    newLease: instance.newLease,
    sync: async (request) => {
      death.step()
      const page = await platform.sync(request)
      death.step()
      return page
    },
    send: async (message) => {
      death.step()
      await platform.send(message)
      death.step()
    },
    planNotice: (event) =>
      event.kind === 'entered'
        ? {
            ...{ channel: 'on_event', code: event.code, expiresAt: Date.now() + 20_000, isRemembered: true },
            content: { type: 'text', text: 'welcome' },
          }
        : undefined,
    sendOnEvent: async (message) => {
      death.step()
      await platform.send(message)
      death.step()
    },
    serviceState: async () => (platform.handedOver.size > 0 ? 3 : 1),
    desk: {
      consider: async ({ unanswered }) =>
        unanswered.some(({ text }) => text === platform.wantsPerson)
          ? { kind: 'hand-over', cause: 'asked', contents: [{ type: 'text', text: 'wait' }] }
          : { kind: 'ask' },
      async handOver({ conv }) {
        death.step()
        platform.handedOver.add(conv)
        death.step()
        return { kind: 'handed-over' }
      },
    },
    ...(platform.written && { createWriter, stream: (question) => write(platform.written ?? [], question, death) }),
    answer: async ({ turns }) => {
      death.step()
      const last = turns.findLastIndex(({ role }) => role === 'assistant')
      return turns
        .slice(last + 1)
        .map(({ text }) => text)
        .join('+')
        .concat('|end')
    },
  })
  try {
    await pipeline.pull()
    for (let round = 0; round < 4; round += 1) {
      await pipeline.passTime()
      await pipeline.sweep()
    }
  } catch {
    // It is dead: whatever it still says is heard by nobody.
  }
}

async function* write(pieces: readonly string[], { begun = '' }: Question, death: Death) {
  const whole = pieces.join('')
  const from = begun === '' ? 0 : whole.indexOf(begun) + begun.length
  for (const piece of from === 0 ? pieces : [whole.slice(from)]) {
    death.step()
    yield piece
  }
}

async function tell(story: Story, atStep: number) {
  const database = openSqlite({ path: ':memory:' })
  onTestFinished(() => database.close())
  await migrate(database)
  const platform = createPlatform(story)
  const death = createDeath(atStep)
  await live(database, platform, death, '1')
  const died = death.steps() >= atStep
  if (died) await live(database, platform, createDeath(Number.POSITIVE_INFINITY), '2')
  const messages = await database.all('select msgid, seq, state, text from message order by seq, msgid')
  const [conversation] = await database.all(
    'select last_seq, dirty, parsed, answered, desk, lease from conversation where id = ?1',
    CONV,
  )
  const parts = await database.all('select payload, state from reply_part order by upto_seq, no')
  const parked = await database.all('select stage, reason from parked order by stage')
  return { died, end: { texts: [...platform.taken.values()], messages, conversation, parts, parked } }
}

const recalled = customerText('recalled')
const STORIES: { what: string; story: Story; texts: string[] }[] = [
  {
    what: 'a burst over two pages',
    story: { pages: [[customerText('a'), customerText('b')], [customerText('c')]] },
    texts: ['a+b+c', 'end'],
  },
  {
    what: 'a recall',
    story: {
      pages: [
        [customerText('a'), recalled, platformEvent({ event_type: 'user_recall_msg', recall_msgid: recalled.msgid })],
      ],
    },
    texts: ['a', 'end'],
  },
  {
    what: 'a welcome',
    story: { pages: [[platformEvent({ event_type: 'enter_session', welcome_code: 'c' })]] },
    texts: ['welcome'],
  },
  {
    what: 'a message that has to be read',
    story: { pages: [[customerText('a'), customerText('b', { type: 'location' })]] },
    texts: ['a+b', 'end'],
  },
  {
    what: 'a person who takes over and ends it, and a message after',
    story: {
      pages: [
        [
          customerText('for the person'),
          platformEvent({ event_type: 'session_status_change', change_type: 1, new_servicer_userid: 'li' }),
          platformEvent({ event_type: 'session_status_change', change_type: 3, old_servicer_userid: 'li' }),
          customerText('for the bot'),
        ],
      ],
    },
    texts: ['for the person+for the bot', 'end'],
  },
  {
    what: 'a platform that is busy, then away',
    story: {
      pages: [[customerText('a')]],
      refusals: [refused(-1, 'retry'), new AppError('wecom.unreachable', 'cut', { retryable: true })],
    },
    texts: ['a', 'end'],
  },
  {
    what: 'a long answer that goes out while it is being written',
    story: {
      pages: [[customerText('a')]],
      written: [`${'one '.repeat(50)}end.\n\n`, 'two '.repeat(20), 'two '.repeat(20), 'three.'],
    },
    texts: [`${'one '.repeat(50)}end.`, `${'two '.repeat(40)}three.`],
  },
  {
    what: 'a customer who wants a person, and writes on',
    story: { pages: [[customerText('a person!')], [customerText('hello?')]], wantsPerson: 'a person!' },
    texts: ['wait'],
  },
]

describe('a death between any two steps', { timeout: 30_000 }, () => {
  it.each(STORIES)('changes nothing for $what', async ({ story, texts }) => {
    const { end: undisturbed } = await tell(story, Number.POSITIVE_INFINITY)
    expect(undisturbed.texts).toEqual(texts)
    let step = 1
    for (; ; step += 1) {
      const { died, end } = await tell(story, step)
      expect(end, `died at step ${step}`).toEqual(undisturbed)
      if (!died) break
    }
    // A pipeline that takes fewer steps than this has not been told the story.
    expect(step).toBeGreaterThan(20)
  })
})
