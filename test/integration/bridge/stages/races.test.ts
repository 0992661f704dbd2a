/**
 * Three processes on one database, with no broker to keep them apart: everybody grabs whatever is due, leases are taken from their holders
 * at random, calls of the platform are cut, files are slow, and words are recalled. What the platform accepted is the judge.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Database } from '../../../../bridge/store/database.ts'
import type { OutgoingText, SyncedMessage, SyncRequest } from '../../../../bridge/wecom/wecom-client.ts'
import { AppError } from '../../../../shared/app-error.ts'
import { createPipeline, customerText, platformEvent } from '../../../support/pipeline.ts'
import { ENGINES, openTestDatabase } from '../../../support/test-databases.ts'

const CUSTOMERS = 12
const ROUNDS = 60
const PAGE = 7

/** A stream of numbers that a seed gives again: https://en.wikipedia.org/wiki/Xorshift */
function createChance(seed: number) {
  let state = seed
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  return { next, below: (limit: number) => Math.floor(next() * limit), is: (share: number) => next() < share }
}

type Chance = ReturnType<typeof createChance>

/** Takes each msgid once, and loses some questions and some answers on the way. */
function createPlatform(chance: Chance) {
  const written: SyncedMessage[] = []
  const accepted = new Map<string, OutgoingText>()
  const cut = () => new AppError('wecom.unreachable', 'cut', { retryable: true })
  return {
    written,
    accepted,
    async sync({ cursor }: SyncRequest) {
      await sleep(chance.below(5))
      if (chance.is(0.05)) throw cut()
      const from = Number(cursor || 0)
      const messages = written.slice(from, from + PAGE)
      const end = from + messages.length
      return { messages, nextCursor: String(end), hasMore: end < written.length }
    },
    async send(message: OutgoingText) {
      await sleep(chance.below(5))
      if (chance.is(0.1)) throw cut()
      if (accepted.has(message.msgid)) {
        const details = { errcode: 95033, action: 'accepted-before' }
        throw new AppError('wecom.refused', 'refused', { retryable: false, details })
      }
      accepted.set(message.msgid, message)
      if (chance.is(0.1)) throw cut()
    },
  }
}

/** Writes texts and files under numbers that rise, and takes some of them back. */
function createWriter(written: SyncedMessage[], chance: Chance) {
  const recalled = new Set<string>()
  let last = 0
  const writeOne = () => {
    const externalUserId = `wm${chance.below(CUSTOMERS)}`
    if (chance.is(0.1)) {
      const own = written.filter((message) => message.externalUserId === externalUserId && message.type !== 'event')
      const taken = own.at(chance.below(own.length))
      if (taken === undefined) return
      recalled.add(toId(taken))
      written.push({ ...platformEvent({ event_type: 'user_recall_msg', recall_msgid: taken.msgid }), externalUserId })
      return
    }
    last += 1
    written.push(customerText(`<${last}>`, { externalUserId, ...(chance.is(0.2) ? { type: 'file' } : {}) }))
  }
  return { writeOne, recalled }
}

function toId({ raw }: SyncedMessage): string {
  return /<\d+>/.exec(raw)?.[0] ?? ''
}

async function steal(database: Database, chance: Chance): Promise<void> {
  const table = ['conversation', 'message', 'sync_state'][chance.below(3)] ?? 'conversation'
  const key = { conversation: 'id', message: 'msgid', sync_state: 'open_kfid' }[table]
  const held = await database.all<{ key: string }>(`select ${key} as key from ${table} where lease_until > 0`)
  const victim = held[chance.below(held.length)]
  if (victim !== undefined) await database.run(`update ${table} set lease_until = 0 where ${key} = ?1`, victim.key)
}

for (const { engine, isMissing } of ENGINES) {
  describe.skipIf(isMissing())(`three processes on ${engine}`, () => {
    it.each([1, 2, 3])('answer every word once and in order (seed %d)', async (seed) => {
      const chance = createChance(seed * 7919)
      const { database, again } = await openTestDatabase(engine)
      const platform = createPlatform(chance)
      const { writeOne, recalled } = createWriter(platform.written, chance)
      const open = async (own: Database) =>
        createPipeline({
          database: own,
          ...{ sync: platform.sync, send: platform.send, parseWaitMs: 15 },
          async read(message) {
            await sleep(chance.below(40))
            if (chance.is(0.1)) throw new Error('on purpose')
            const { text } = JSON.parse(message.raw) as { text: { content: string } }
            return { text: text.content, title: '' }
          },
          async answer({ turns }) {
            await sleep(chance.below(30))
            const said = turns.slice(turns.findLastIndex(({ role }) => role === 'assistant') + 1)
            return said.map(({ text }) => text).join('') || '?'
          },
        })
      const pipelines = [await open(database), await open(await again()), await open(await again())]

      let isWriting = true
      const live = async (pipeline: Awaited<ReturnType<typeof open>>) => {
        while (isWriting) {
          if (chance.is(0.3)) await pipeline.pull(`token ${chance.next()}`)
          await pipeline.sweep()
          await pipeline.passTime()
          if (chance.is(0.3)) await steal(database, chance)
          await sleep(chance.below(10))
        }
      }
      const lives = pipelines.flatMap((pipeline) => [live(pipeline), live(pipeline), live(pipeline)])
      for (let round = 0; round < ROUNDS; round += 1) {
        for (let burst = chance.below(6); burst > 0; burst -= 1) writeOne()
        await sleep(10)
      }
      isWriting = false
      await Promise.all(lives)

      const [last] = pipelines
      const isLeft = async () => {
        const [row] = await database.all<{ n: number }>(
          `select (select count(*) from conversation where dirty > answered) + (select count(*) from sync_state where wanted > done)
             + (select count(*) from message where state in ('new', 'provisional'))
             + (select count(*) from reply_part where state in ('ready', 'sending')) as n`,
        )
        return (row?.n ?? 0) > 0
      }
      for (let turn = 0; turn === 0 || (turn < 100 && (await isLeft())); turn += 1) {
        if (turn === 0) await last?.pull('the last')
        for (const table of ['sync_state', 'message', 'conversation']) {
          await database.run(`update ${table} set lease_until = 0`)
        }
        await last?.passTime()
        await last?.sweep()
      }
      expect(await isLeft()).toBe(false)

      const said = [...platform.accepted.values()].flatMap(({ text }) => text.match(/<\d+>/g) ?? [])
      const twice = said.filter((id, index) => said.indexOf(id) !== index)
      const messages = platform.written.filter(({ type }) => type !== 'event')
      const lost = messages.map(toId).filter((id) => !said.includes(id) && !recalled.has(id))
      expect({ twice, lost, parked: await last?.parked.list(10) }).toEqual({ twice: [], lost: [], parked: [] })
      for (let customer = 0; customer < CUSTOMERS; customer += 1) {
        const texts = messages.filter((one) => one.externalUserId === `wm${customer}` && one.type === 'text').map(toId)
        const heard = said.filter((id) => texts.includes(id))
        expect(heard).toEqual(texts.filter((id) => heard.includes(id)))
      }
      const counters = await database.all(
        'select id from conversation where parsed <> last_seq or answered > last_seq or dirty > last_seq',
      )
      expect(counters).toEqual([])
    })
  })
}
