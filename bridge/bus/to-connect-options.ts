import type { Options } from 'amqplib'
import type { RabbitmqAddress } from './rabbitmq-fault.ts'

export function toConnectOptions({ host, port, username, password, vhost }: RabbitmqAddress): Options.Connect {
  return { protocol: 'amqp', hostname: host, port, username, password, vhost: encodeURIComponent(vhost) }
}
