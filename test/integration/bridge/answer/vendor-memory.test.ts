/** The whole bridge with a vendor that keeps its own conversations: each customer has one there, and a lost one is begun anew. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BridgeProcess } from '../../../support/bridge-process.ts'
import { type StandInDify, startStandInDify } from '../../../support/stand-in-dify.ts'
import { type StandInLanggraph, startStandInLanggraph } from '../../../support/stand-in-langgraph.ts'
import { type Stack, startStack } from '../../../support/start-stack.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const API_KEY = 'vendor-key'

describe('a customer whose answers come from a vendor with a memory', () => {
  let stack: Stack
  let dify: StandInDify
  let langgraph: StandInLanggraph

  beforeAll(async () => {
    // Repeats the last line: what was asked just now.
    const reply = (told: string) => `答：${told.split('\n').at(-1)}`
    dify = await startStandInDify({ apiKey: API_KEY, reply })
    langgraph = await startStandInLanggraph({ apiKey: API_KEY, reply })
    stack = await startStack({
      env: {
        BURST_QUIET_MS: '50',
        DEEPSEEK_API_KEY: '',
        DIFY_API_KEY: API_KEY,
        DIFY_BASE_URL: dify.baseUrl,
        LANGGRAPH_BASE_URL: langgraph.baseUrl,
        LANGGRAPH_API_KEY: API_KEY,
      },
    })
  })
  afterAll(async () => {
    await stack?.stop()
    await dify?.close()
    await langgraph?.close()
  })

  const vendors = {
    dify: {
      lose: () => dify.loseConversations(),
      /** What each conversation was told. */
      told: () => [...dify.conversations.values()].map(({ queries }) => queries),
    },
    langgraph: {
      lose: () => langgraph.loseThreads(),
      told: () =>
        [...langgraph.threads.values()].map((thread) =>
          thread.filter(({ type }) => type === 'human').map(({ content }) => String(content)),
        ),
    },
  }

  describe.each(['dify', 'langgraph'] as const)('%s', (name) => {
    let bridge: BridgeProcess
    const { lose, told } = vendors[name]

    beforeAll(async () => {
      bridge = await stack.startBridge({ ANSWERER: name })
      await bridge.ready()
    })
    afterAll(async () => {
      await bridge?.kill('SIGTERM')
    })

    const newCustomer = () => stack.simulator.addCustomer({ name: randomUUID().slice(0, 8) }).externalUserId
    const received = (externalUserId: string) =>
      stack.simulator
        .delivered()
        .filter((record) => record.externalUserId === externalUserId)
        .map(({ text }) => text)
    const say = async (externalUserId: string, text: string) => {
      const before = received(externalUserId).length
      stack.simulator.customerWrites({ externalUserId, text })
      await waitUntil(() => received(externalUserId).length > before, {
        what: `an answer to ${text}\n${bridge.output().slice(-3000)}`,
        timeoutMs: 20_000,
      })
      return received(externalUserId).at(-1)
    }

    it('goes on in the same conversation, and is told only what is new', async () => {
      const customer = newCustomer()
      expect(await say(customer, '鞋子多大')).toBe('答：鞋子多大')
      expect(await say(customer, '那要黑色')).toBe('答：那要黑色')
      expect(told().filter((lines) => lines.includes('那要黑色'))).toEqual([['鞋子多大', '那要黑色']])
    })

    it('is not mixed with another customer', async () => {
      const [one, other] = [newCustomer(), newCustomer()]
      await Promise.all([say(one, '我的订单是 1111'), say(other, '我的订单是 2222')])
      await Promise.all([say(one, '一号再问'), say(other, '二号再问')])
      for (const lines of told()) {
        const all = lines.join('\n')
        expect(/1111|一号/.test(all) && /2222|二号/.test(all)).toBe(false)
      }
      expect(told().filter((lines) => lines.length === 2 && /再问/.test(lines.join()))).toHaveLength(2)
    })

    it('is answered as before when the vendor has lost the conversation', async () => {
      const customer = newCustomer()
      await say(customer, '我要退 3333 号订单')
      lose()
      expect(await say(customer, '什么时候退款')).toBe('答：什么时候退款')
      expect(told()).toEqual([[expect.stringMatching(/客户：我要退 3333 号订单\n客服：答：我要退 3333 号订单/)]])
      await say(customer, '谢谢')
      expect(told()).toHaveLength(1)
    })
  })
})
