/** Why RabbitMQ cannot be used, in words for `state()` and the log: never a password, never what the broker said about a message. */
import { isAppError } from '../../shared/app-error.ts'

export interface RabbitmqAddress {
  host: string
  port: number
  username: string
  password: string
  vhost: string
}

export interface RabbitmqFault {
  reason: string
  /** Trying again soon cannot help: somebody has to change a setting. */
  needsPerson: boolean
}

/** Of an error of connecting, declaring or losing the connection. */
export function toRabbitmqFault(error: unknown, { host, port, username, vhost }: RabbitmqAddress): RabbitmqFault {
  const where = `RabbitMQ at ${host}:${port}`
  if (isAppError(error)) return { reason: `${where}: ${error.message}`, needsPerson: !error.retryable }
  const { code, message } = error instanceof Error ? (error as NodeJS.ErrnoException) : { code: undefined, message: '' }
  const refusal = REFUSALS.find(({ pattern }) => pattern.test(message))
  if (refusal !== undefined) return { reason: `${where} ${refusal.explain(username, vhost)}`, needsPerson: true }
  return { reason: `${where} ${describe(code, message)}`, needsPerson: false }
}

// The library keeps neither code nor field of a refused handshake, only these words.
const REFUSALS: readonly { pattern: RegExp; explain: (username: string, vhost: string) => string }[] = [
  {
    pattern: /^Handshake terminated by server: 403\b/,
    explain: (username) =>
      `refused the user ${username} or its password: check RABBITMQ_USERNAME and RABBITMQ_PASSWORD`,
  },
  {
    pattern: /^Expected ConnectionOpenOk; got <ConnectionClose\b/,
    explain: (username, vhost) =>
      `has no virtual host ${vhost}, or the user ${username} may not use it: check RABBITMQ_VHOST and the user's permissions`,
  },
]

function describe(code: unknown, message: string): string {
  if (typeof code === 'number') return `closed the connection (${code})`
  switch (code) {
    case 'ECONNREFUSED':
      return 'refuses connections: is it running, are RABBITMQ_HOST and RABBITMQ_PORT right?'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'cannot be found by name: is RABBITMQ_HOST right?'
    case undefined:
      return message === 'connect ETIMEDOUT' ? 'does not answer' : 'closed the connection'
    default:
      return `is not reachable (${code})`
  }
}
