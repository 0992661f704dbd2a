import type { Config } from '../../config.ts'

type Known = Pick<
  Config,
  | 'edge'
  | 'wecom'
  | 'databaseUrl'
  | 'rabbitmq'
  | 'outboundProxy'
  | 'vendors'
  | 'embedding'
  | 'rerank'
  | 'vision'
  | 'asr'
  | 'alerts'
  | 'tracing'
> & { console: Pick<Config['console'], 'host'> }

/** The hosts that this service itself talks to: nobody's link leads there. */
export function ownHosts(config: Known): string[] {
  const { edge, wecom, databaseUrl, rabbitmq, outboundProxy, vendors, alerts, tracing } = config
  const models = [...Object.values(vendors), config.embedding, config.rerank, config.vision, config.asr]
  const urls = [
    ...[edge.url, wecom.apiBase, databaseUrl, outboundProxy, alerts?.url, tracing?.endpoint],
    ...models.map((model) => model?.baseUrl),
  ]
  const hosts = urls.flatMap((url) => (url === undefined ? [] : new URL(url).hostname))
  return [...hosts, config.console.host, rabbitmq?.host ?? ''].filter((host) => host !== '')
}
