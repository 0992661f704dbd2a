import { describe, expect, it } from 'vitest'
import { STAGES } from '../../../../bridge/bus/bus.ts'
import { createTopology, deadQueueName, declareTopology, queueName } from '../../../../bridge/bus/topology.ts'

const DATABASE_ID = '0123456789abcdef'

describe('createTopology', () => {
  it('has a work queue and a dead queue for every stage, named after the database', () => {
    const names = createTopology(DATABASE_ID).queues.map(({ name }) => name)
    expect(names.sort()).toEqual(
      STAGES.flatMap((stage) => [`kefu.${stage}.01234567`, `kefu.${stage}.01234567.dead`]).sort(),
    )
  })

  // RabbitMQ refuses a known queue under new arguments: a change here makes every operator delete queues, and wants a release note.
  it('keeps the arguments that operators have on their brokers', () => {
    const { queues } = createTopology(DATABASE_ID)
    const argumentsOf = (name: string) => queues.find((queue) => queue.name === name)?.arguments
    expect(argumentsOf(queueName('fetch', DATABASE_ID))).toEqual({
      'x-queue-type': 'quorum',
      'x-delivery-limit': 20,
      'x-max-length': 100_000,
      'x-overflow': 'reject-publish',
      'x-dead-letter-exchange': 'kefu.dead.01234567',
      'x-dead-letter-routing-key': 'fetch',
      'x-dead-letter-strategy': 'at-least-once',
    })
    expect(argumentsOf(deadQueueName('fetch', DATABASE_ID))).toEqual({
      'x-queue-type': 'quorum',
      'x-max-length': 10_000,
      'x-message-ttl': 604_800_000,
    })
  })
})

describe('declareTopology', () => {
  const channelThatRefuses = (refused: string, code: number) => {
    const declare = async (name: string) => {
      if (name === refused) throw Object.assign(new Error('refused'), { code })
      return { exchange: name, queue: name, messageCount: 0, consumerCount: 0 }
    }
    return { assertExchange: declare, assertQueue: declare, bindQueue: async () => ({}) }
  }

  it.each([
    { name: 'kefu.reply.01234567', code: 406, advice: 'rabbitmqctl delete_queue kefu.reply.01234567' },
    { name: 'kefu.dead.01234567', code: 406, advice: 'rabbitmqadmin delete exchange name=kefu.dead.01234567' },
    { name: 'kefu.parse.01234567.dead', code: 403, advice: 'RABBITMQ_USERNAME' },
  ])('says what to do when $name is refused with $code', async ({ name, code, advice }) => {
    const declaring = declareTopology(channelThatRefuses(name, code), createTopology(DATABASE_ID))
    await expect(declaring).rejects.toMatchObject({
      code: 'bus.misconfigured',
      retryable: false,
      message: expect.stringContaining(advice),
      details: { name },
    })
  })

  it('passes on what it knows nothing about', async () => {
    const declaring = declareTopology(channelThatRefuses('kefu.fetch.01234567', 541), createTopology(DATABASE_ID))
    await expect(declaring).rejects.toMatchObject({ code: 541 })
  })
})
