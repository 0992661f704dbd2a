import { createMetaStore } from '../../../store/meta-store.ts'
import { defineCheck, type FindingText, type Found } from '../check.ts'
import type { Installation } from '../installation.ts'

/** Far more than what a minute of a busy day leaves. */
const LONG_BACKLOG = 1_000

const findings = {
  ok: {
    level: 'ok',
    says: {
      zh: '连得上，{count} 个队列正常，积压 {waiting}',
      en: 'reached; {count} queues as they should be, {waiting} waiting',
    },
  },
  unused: { level: 'skipped', says: { zh: '没有设置，用进程内总线', en: 'not set: the bus is in the process' } },
  new: {
    level: 'ok',
    says: { zh: '连得上，队列在 bridge 启动时建立', en: 'reached; the bridge makes its queues when it starts' },
  },
  unreachable: {
    level: 'failure',
    says: { zh: '用不了：{reason}', en: '{reason}' },
    todo: {
      zh: '确认 RabbitMQ 在运行，核对 RABBITMQ_HOST、PORT、USERNAME、PASSWORD、VHOST；只有一台机器时可以不设 RABBITMQ_HOST',
      en: 'is it running, and are RABBITMQ_HOST, PORT, USERNAME, PASSWORD and VHOST right? A single machine can do without RABBITMQ_HOST',
    },
  },
  'other-arguments': {
    level: 'failure',
    says: { zh: '队列 {queue} 的类型或参数不对', en: 'the queue {queue} has another type or other arguments' },
    todo: {
      zh: '运行 rabbitmqctl delete_queue {queue}，bridge 会重新建立；队列里只有指针，不会丢消息',
      en: 'run rabbitmqctl delete_queue {queue}: the bridge makes it anew, and nothing is lost, queues hold pointers only',
    },
  },
  'nobody-listens': {
    level: 'warning',
    says: { zh: '队列 {queue} 没有消费者，积压 {waiting}', en: 'nobody takes from {queue}, {waiting} waiting' },
    todo: {
      zh: '启动 bridge（npm start），并确认 ROLES 覆盖所有阶段',
      en: 'start the bridge (npm start), and see that ROLES cover every stage',
    },
  },
  backlog: {
    level: 'warning',
    says: { zh: '队列 {queue} 积压 {waiting}', en: '{waiting} wait in {queue}' },
    todo: {
      zh: '多开几个 bridge 进程，或查看模型是否变慢',
      en: 'start more bridge processes, or see whether the model is slow',
    },
  },
  dead: {
    level: 'warning',
    says: { zh: '死信队列 {queue} 有 {waiting} 条', en: '{waiting} dead letters in {queue}' },
    todo: {
      zh: '有消息多次让进程崩溃：查看 bridge 的日志和 npm run kefu -- parked list',
      en: 'something ends the process again and again: look at its log and at npm run kefu -- parked list',
    },
  },
} satisfies Record<string, FindingText>

type Key = keyof typeof findings

export const rabbitmq = defineCheck({
  name: 'rabbitmq',
  about: { zh: 'RabbitMQ', en: 'RabbitMQ' },
  deadlineMs: 15_000,
  findings,
  async run(installation) {
    const { config } = installation
    if (config?.rabbitmq === undefined) return [{ key: 'unused' }]
    // Loaded only where there is a broker.
    const { inspectRabbitmq } = await import('../../../bus/inspect-rabbitmq.ts')
    const state = await inspectRabbitmq(config.rabbitmq, await databaseId(installation))
    if (state.kind === 'unreachable') return [{ key: 'unreachable', values: { reason: state.reason } }]
    const { queues, misfits } = state
    const waiting = queues.filter(({ isDead }) => !isDead).reduce((sum, { messages }) => sum + messages, 0)
    const faults: Found<Key>[] = queues.flatMap(({ name: queue, messages, consumers, isDead }) => {
      const key = judgeQueue(messages, consumers, isDead)
      return key === undefined ? [] : [{ key, values: { queue, waiting: messages } }]
    })
    const wrong = misfits.map(({ name }): Found<Key> => ({ key: 'other-arguments', values: { queue: name } }))
    const found = [...wrong, ...faults]
    if (found.length > 0) return found
    return queues.length === 0 ? [{ key: 'new' }] : [{ key: 'ok', values: { count: queues.length, waiting } }]
  },
})

function judgeQueue(messages: number, consumers: number, isDead: boolean): Key | undefined {
  if (messages === 0) return undefined
  if (isDead) return 'dead'
  if (consumers === 0) return 'nobody-listens'
  return messages > LONG_BACKLOG ? 'backlog' : undefined
}

async function databaseId({ openedDatabase }: Installation): Promise<string | undefined> {
  const opened = await openedDatabase()
  return opened.kind === 'open' && opened.schema > 0 ? createMetaStore(opened.database).databaseId() : undefined
}
