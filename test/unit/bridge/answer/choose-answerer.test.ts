import { describe, expect, it } from 'vitest'
import type { Answerer } from '../../../../bridge/answer/answerer.ts'
import { createChooseAnswerers } from '../../../../bridge/answer/choose-answerer.ts'
import { AppError } from '../../../../shared/app-error.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'

const OPTIONS = { openAfter: 3, openMs: 1000, accountMs: 60_000 }
const failure = (code: string) => new AppError(code, code, { retryable: true })

function createWorld() {
  let now = 1
  const faults: Record<string, AppError | undefined> = {}
  const answerer = (name: string): Answerer => ({
    name,
    async *answer() {
      const fault = faults[name]
      if (fault !== undefined) throw fault
      yield { kind: 'verdict', verdict: 'answered' }
    },
  })
  const log = createRecordingLogger()
  const choose = createChooseAnswerers(
    {
      answerers: new Map(['one', 'two', 'three'].map((name) => [name, answerer(name)])),
      defaults: ['one', 'two'],
      now: () => now,
      log,
    },
    OPTIONS,
  )
  const names = (wanted: readonly string[] = []) => choose(wanted).map(({ name }) => name)
  const ask = async (name: string) => {
    const found = choose([name])[0]
    for await (const _ of found.answer({ conversationKey: '', turns: [] }, new AbortController().signal));
  }
  const fail = async (name: string, code = 'answer.unavailable') => {
    faults[name] = failure(code)
    await expect(ask(name)).rejects.toMatchObject({ code })
    faults[name] = undefined
  }
  const wait = (ms: number) => {
    now += ms
  }
  return { names, ask, fail, choose, wait, log }
}

describe('createChooseAnswerers', () => {
  it('takes the chain of the account, or the default, without what is not configured', () => {
    const { names } = createWorld()
    expect(names()).toEqual(['one', 'two'])
    expect(names(['three', 'nobody', 'one'])).toEqual(['three', 'one'])
    expect(names(['nobody'])).toEqual(['one', 'two'])
  })

  it('leaves one alone that fails again and again, and tries it after a while', async () => {
    const { names, fail, ask, wait } = createWorld()
    await fail('one')
    await fail('one')
    expect(names()).toEqual(['one', 'two'])
    await fail('one')
    expect(names()).toEqual(['two', 'one'])
    wait(1000)
    expect(names()).toEqual(['one', 'two'])
    await fail('one')
    expect(names()).toEqual(['two', 'one'])
    wait(1000)
    await ask('one')
    await fail('one')
    expect(names()).toEqual(['one', 'two'])
  })

  it('lets one question alone try it', async () => {
    const { names, fail, choose, wait } = createWorld()
    for (let tries = 0; tries < 3; tries += 1) await fail('one')
    wait(1000)
    const probe = choose([])[0].answer({ conversationKey: '', turns: [] }, new AbortController().signal)
    const step = probe[Symbol.asyncIterator]()
    await step.next()
    expect(names()).toEqual(['two', 'one'])
    await step.next()
    expect(names()).toEqual(['one', 'two'])
  })

  it('counts failures in a row only', async () => {
    const { names, fail, ask } = createWorld()
    for (let round = 0; round < 4; round += 1) {
      await fail('one')
      await fail('one')
      await ask('one')
    }
    expect(names()).toEqual(['one', 'two'])
  })

  it('leaves one alone at once whose account is in trouble, and says so once', async () => {
    const { names, fail, wait, log } = createWorld()
    await fail('one', 'answer.account')
    await fail('one', 'answer.account')
    expect(names()).toEqual(['two', 'one'])
    expect(log.lines.filter(({ name }) => name === 'answer.account')).toMatchObject([{ level: 'error' }])
    wait(59_000)
    expect(names()).toEqual(['two', 'one'])
  })

  it.each(['answer.sensitive', 'answer.refused'])('blames nobody for %s', async (code) => {
    const { names, fail } = createWorld()
    for (let tries = 0; tries < 9; tries += 1) await fail('one', code)
    expect(names()).toEqual(['one', 'two'])
  })

  it('names the first though none is well', async () => {
    const { names, fail } = createWorld()
    for (const name of ['one', 'two']) for (let tries = 0; tries < 3; tries += 1) await fail(name)
    expect(names()).toEqual(['one', 'two'])
  })
})
