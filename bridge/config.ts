/**
 * Every setting of the bridge, parsed once in main.ts and passed down in pieces. All faults are named in one message, by
 * name and never by value.
 */
import { z } from 'zod'
import { AppError } from '../shared/app-error.ts'
import { readSecretFiles } from './read-secret-files.ts'

const ROLES = ['relay', 'fetch', 'parse', 'reply', 'console'] as const
export type Role = (typeof ROLES)[number]

/** In the order of preference. */
export const ANSWERERS = ['deepseek', 'doubao', 'openai', 'dify', 'fastgpt', 'langgraph'] as const
export type AnswererName = (typeof ANSWERERS)[number]
/** `knowledge` answers with the best passage and needs no model. */
export type AnswererChoice = AnswererName | 'knowledge'

/** The setting that turns an answerer on. */
const SWITCHES: Readonly<Record<AnswererName, string>> = {
  deepseek: 'DEEPSEEK_API_KEY',
  doubao: 'ARK_API_KEY',
  openai: 'OPENAI_API_KEY',
  dify: 'DIFY_API_KEY',
  fastgpt: 'FASTGPT_API_KEY',
  langgraph: 'LANGGRAPH_BASE_URL',
}

export interface ModelSettings {
  apiKey: string
  baseUrl: string
  model: string
}

/** Those that are configured. */
export interface VendorSettings {
  deepseek?: ModelSettings
  doubao?: ModelSettings
  openai?: ModelSettings
  dify?: { apiKey: string; baseUrl: string }
  fastgpt?: { apiKey: string; baseUrl: string }
  /** A server of one's own needs no key. */
  langgraph?: { apiKey: string | undefined; baseUrl: string; assistantId: string }
}

export interface DatabaseSettings {
  /** Undefined: SQLite in `dataDir`. */
  databaseUrl: string | undefined
  dataDir: string
}

export interface Config extends DatabaseSettings {
  edge: { url: string; bridgeToken: string }
  wecom: { apiBase: string; corpId: string; secret: string }
  /** Undefined: the in-process bus. */
  rabbitmq: { host: string; port: number; username: string; password: string; vhost: string } | undefined
  console: { host: string; port: number; password: string | undefined }
  /** Of the menu files and the list of sensitive words. */
  deskDir: string
  roles: ReadonlySet<Role>
  burst: { quietMs: number; maxWaitMs: number }
  parseWaitMs: number
  coldStartMaxAgeMs: number
  /** How long what was said is kept; undefined: for ever. */
  retentionMs: number | undefined
  /** Who answers; `knowledge` when nobody else is configured. */
  answerer: AnswererChoice
  /** Who answers when the first one fails to the end. */
  fallback: AnswererChoice | undefined
  vendors: Readonly<VendorSettings>
  /** Undefined: search goes by words alone. */
  embedding: ModelSettings | undefined
  /** Describes customers' pictures; undefined: their letters are read on this machine. */
  vision: ModelSettings | undefined
  /** Undefined: what was found stays in the order of the search. */
  rerank: ModelSettings | undefined
  /** Who hears voices; undefined: nobody, and they are kept for people. */
  asr: { kind: 'deepseek' | 'openai'; apiKey: string; baseUrl: string; model: string } | undefined
  /** What customers' links are opened through; undefined: directly. */
  outboundProxy: string | undefined
  /** Where alerts go beside the log; undefined: nowhere. */
  alerts: { url: string; kind: 'wecom' | 'json' } | undefined
  /** Where traces go; undefined: none are made. */
  tracing: { endpoint: string; headers: Readonly<Record<string, string>> } | undefined
  log: { level: string; pretty: boolean }
  /** Of every time-out and rhythm; 1 but for tests. */
  timeScale: number
  /** Names of settings that the first version had and that do nothing any more. */
  obsolete: string[]
}

const OBSOLETE = ['WECHAT_FASTAPI_PORT', 'SSL_KEYFILE_PATH', 'SSL_CERTIFILE_PATH'] as const
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost'])

/** What is wrong with a setting follows its name. */
const MISSING = '未设置 · is missing'
const WHOLE = '须为整数 · must be a whole number'
const HTTP = ['http(s) 地址', 'an http(s) address'] as const
const least = (min: number) => `不小于 ${min} · must be at least ${min}`
const most = (max: number) => `不大于 ${max} · must be at most ${max}`
const oneOf = (choices: readonly string[]) => `须为 ${choices.join('、')} 之一 · must be one of ${choices.join(', ')}`

const required = z.string({ error: MISSING }).min(1, '是空的 · is empty')
const url = (protocol: RegExp, [zh, en]: readonly [zh: string, en: string]) =>
  z.url({ protocol, error: ({ input }) => (input === undefined ? MISSING : `须为${zh} · must be ${en}`) })
const whole = (fallback: number, min: number, max: number) =>
  z.coerce.number({ error: WHOLE }).int(WHOLE).min(min, least(min)).max(max, most(max)).default(fallback)

const roles = z
  .string()
  .default(ROLES.join(','))
  .transform((text) => text.split(',').map((role) => role.trim()))
  .pipe(z.array(z.enum(ROLES, { error: `只能用 ${ROLES.join('、')} · must be some of ${ROLES.join(',')}` })).min(1))

const CHOICES = [...ANSWERERS, 'knowledge'] as const
const answerer = z.enum(CHOICES, { error: oneOf(CHOICES) }).optional()

const schema = z.object({
  EDGE_URL: url(/^https?$/, [
    ' Worker 的地址，https://…（本机的可用 http://…）',
    "the Worker's address, https://… (http://… for a local one)",
  ]),
  BRIDGE_TOKEN: required.min(16, '至少 16 个字符 · must have at least 16 characters'),
  WECHAT_CORP_ID: required,
  WECHAT_SECRET: required,
  WECHAT_API_BASE: url(/^https?$/, ['以 /cgi-bin 结尾的地址', 'an address that ends in /cgi-bin']).default(
    'https://qyapi.weixin.qq.com/cgi-bin',
  ),
  RABBITMQ_HOST: z.string().optional(),
  RABBITMQ_PORT: whole(5672, 1, 65535),
  RABBITMQ_USERNAME: z.string().default('guest'),
  RABBITMQ_PASSWORD: z.string().default('guest'),
  RABBITMQ_VHOST: z.string().default('/'),
  DATABASE_URL: url(/^postgres(ql)?$/, [
    ' postgres://user:password@host:port/database 这样的地址',
    'postgres://user:password@host:port/database',
  ]).optional(),
  DATA_DIR: z.string().default('./data'),
  DESK_DIR: z.string().optional(),
  PORT: whole(8788, 0, 65535),
  HOST: z.string().default('127.0.0.1'),
  CONSOLE_PASSWORD: z.string().min(8, '至少 8 个字符 · must have at least 8 characters').optional(),
  ROLES: roles,
  BURST_QUIET_MS: whole(800, 0, 60_000),
  BURST_MAX_WAIT_MS: whole(4000, 0, 120_000),
  PARSE_WAIT_MS: whole(20_000, 0, 600_000),
  COLD_START_MAX_AGE: whole(600, 0, 259_200),
  RETENTION_DAYS: whole(180, 0, 36_500),
  ANSWERER: answerer,
  ANSWERER_FALLBACK: answerer,
  DEEPSEEK_API_KEY: z.string().optional(),
  DEEPSEEK_BASE_URL: url(/^https?$/, HTTP).default('https://api.deepseek.com'),
  DEEPSEEK_MODEL: z.string().default('deepseek-flash'),
  ARK_API_KEY: z.string().optional(),
  ARK_BASE_URL: url(/^https?$/, HTTP).default('https://ark.cn-beijing.volces.com/api/v3'),
  ARK_MODEL: z.string().default('doubao-seed-2-1-lite-260915'),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: url(/^https?$/, HTTP).default('https://api.openai.com/v1'),
  OPENAI_MODEL: z.string().optional(),
  DIFY_API_KEY: z.string().optional(),
  DIFY_BASE_URL: url(/^https?$/, HTTP).default('https://api.dify.ai/v1'),
  FASTGPT_API_KEY: z.string().optional(),
  FASTGPT_BASE_URL: url(/^https?$/, HTTP).optional(),
  LANGGRAPH_BASE_URL: url(/^https?$/, HTTP).optional(),
  LANGGRAPH_API_KEY: z.string().optional(),
  LANGGRAPH_ASSISTANT_ID: z.string().default('agent'),
  EMBEDDING_API_KEY: z.string().optional(),
  EMBEDDING_BASE_URL: url(/^https?$/, HTTP).default('https://api.siliconflow.cn/v1'),
  EMBEDDING_MODEL: z.string().default('BAAI/bge-m3'),
  RERANK_API_KEY: z.string().optional(),
  RERANK_BASE_URL: url(/^https?$/, HTTP).default('https://api.siliconflow.cn/v1'),
  RERANK_MODEL: z.string().default('BAAI/bge-reranker-v2-m3'),
  VISION_API_KEY: z.string().optional(),
  VISION_BASE_URL: url(/^https?$/, HTTP).default('https://api.deepseek.com'),
  VISION_MODEL: z.string().default('deepseek-flash'),
  ASR_API_KEY: z.string().optional(),
  ASR_BASE_URL: url(/^https?$/, HTTP).default('https://api.siliconflow.cn/v1'),
  ASR_MODEL: z.string().default('FunAudioLLM/SenseVoiceSmall'),
  OUTBOUND_PROXY: url(/^https?$/, [
    ' http(s)://user:password@host:port 这样的地址',
    'http(s)://user:password@host:port',
  ]).optional(),
  TIME_SCALE: z.coerce
    .number({ error: '须为数字 · must be a number' })
    .min(0.01, least(0.01))
    .max(1, most(1))
    .default(1),
  ALERT_WEBHOOK_URL: url(/^https?$/, HTTP).optional(),
  ALERT_WEBHOOK_KIND: z.enum(['wecom', 'json'], { error: oneOf(['wecom', 'json']) }).optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: url(/^https?$/, HTTP).optional(),
  OTEL_EXPORTER_OTLP_HEADERS: z.string().optional(),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'], { error: oneOf(['debug', 'info', 'warn', 'error']) })
    .default('info'),
  LOG_FORMAT: z.enum(['json', 'pretty'], { error: oneOf(['json', 'pretty']) }).optional(),
})

/** Faults that lie between settings, told along with those of single ones. */
function crossFaults(given: Record<string, string | undefined>): string[] {
  const faults: string[] = []
  if (given.CONSOLE_PASSWORD === undefined && given.HOST !== undefined && !LOOPBACK.has(given.HOST)) {
    faults.push(
      'HOST 须为本机地址，除非设置了 CONSOLE_PASSWORD · must be a loopback address as long as CONSOLE_PASSWORD is not set',
    )
  }
  for (const name of ['ANSWERER', 'ANSWERER_FALLBACK'] as const) {
    const wanted = ANSWERERS.find((answerer) => answerer === given[name])
    if (wanted !== undefined && !configured(given).includes(wanted)) {
      faults.push(`${name} 还需要 ${SWITCHES[wanted]} · needs ${SWITCHES[wanted]}`)
    }
  }
  if (given.OPENAI_API_KEY !== undefined && given.OPENAI_MODEL === undefined) {
    faults.push(`OPENAI_MODEL ${MISSING}: there is no default for a server that may be anybody's`)
  }
  if (given.FASTGPT_API_KEY !== undefined && given.FASTGPT_BASE_URL === undefined) {
    faults.push(`FASTGPT_BASE_URL ${MISSING}: the address of your FastGPT, https://…`)
  }
  if (Number(given.BURST_MAX_WAIT_MS ?? 4000) < Number(given.BURST_QUIET_MS ?? 800)) {
    faults.push('BURST_MAX_WAIT_MS 不能小于 BURST_QUIET_MS · must not be less than BURST_QUIET_MS')
  }
  return faults
}

/** In the order of preference. */
function configured(given: Record<string, string | undefined>): AnswererName[] {
  return ANSWERERS.filter((name) => given[SWITCHES[name]] !== undefined)
}

interface Given {
  given: Record<string, string | undefined>
  faults: readonly string[]
}

/** An empty value counts as not set; a secret may come as a file. */
function toGiven(env: Record<string, string | undefined>): Given {
  const filled = Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== '')
  return readSecretFiles(Object.fromEntries(filled))
}

function parse<T>(settings: z.ZodType<T>, { given, faults: files }: Given, more: readonly string[] = []): T {
  const parsed = settings.safeParse(given)
  const single = parsed.error?.issues.map((issue) => `${issue.path[0]?.toString()} ${issue.message}`) ?? []
  const faults = new Set([...single, ...files, ...more])
  if (!parsed.success || faults.size > 0) {
    const lines = [...faults].map((fault) => `\n  ${fault}`).join('')
    const head = '设置不完整或有误（改 .env，或运行 npm run setup） · the settings are incomplete or wrong:'
    throw new AppError('config.invalid', `${head}${lines}`, { retryable: false })
  }
  return parsed.data
}

/** For a command that needs the database and nothing else. Throws `config.invalid`. */
export function parseDatabaseSettings(env: Record<string, string | undefined>): DatabaseSettings {
  const data = parse(schema.pick({ DATABASE_URL: true, DATA_DIR: true }), toGiven(env))
  return { databaseUrl: data.DATABASE_URL, dataDir: data.DATA_DIR }
}

/** For a command that calls the platform. Throws `config.invalid`. */
export function parsePlatformSettings(env: Record<string, string | undefined>): Config['wecom'] {
  const names = { WECHAT_CORP_ID: true, WECHAT_SECRET: true, WECHAT_API_BASE: true } as const
  const data = parse(schema.pick(names), toGiven(env))
  return {
    apiBase: data.WECHAT_API_BASE.replace(/\/$/, ''),
    corpId: data.WECHAT_CORP_ID,
    secret: data.WECHAT_SECRET,
  }
}

/** For a command that asks the Worker. Throws `config.invalid`. */
export function parseEdgeSettings(env: Record<string, string | undefined>) {
  const names = { EDGE_URL: true, BRIDGE_TOKEN: true, WECHAT_CORP_ID: true } as const
  const data = parse(schema.pick(names), toGiven(env))
  return { url: data.EDGE_URL, bridgeToken: data.BRIDGE_TOKEN, corpId: data.WECHAT_CORP_ID }
}

/** For a command that reads, indexes and searches the knowledge. Throws `config.invalid`. */
export function parseKnowledgeSettings(env: Record<string, string | undefined>) {
  const models = { EMBEDDING_API_KEY: true, EMBEDDING_BASE_URL: true, EMBEDDING_MODEL: true } as const
  const reranking = { RERANK_API_KEY: true, RERANK_BASE_URL: true, RERANK_MODEL: true } as const
  const hearing = { ASR_API_KEY: true, ASR_BASE_URL: true, ASR_MODEL: true } as const
  const deepseek = { DEEPSEEK_API_KEY: true, DEEPSEEK_BASE_URL: true } as const
  const wanted = schema.pick({ DATA_DIR: true, OUTBOUND_PROXY: true, ...models, ...reranking, ...hearing, ...deepseek })
  const data = parse(wanted, toGiven(env))
  return {
    asr: toAsr(data),
    dataDir: data.DATA_DIR,
    outboundProxy: data.OUTBOUND_PROXY,
    embedding: toModel(data.EMBEDDING_API_KEY, data.EMBEDDING_BASE_URL, data.EMBEDDING_MODEL),
    rerank: toModel(data.RERANK_API_KEY, data.RERANK_BASE_URL, data.RERANK_MODEL),
  }
}

/** For a command that asks whoever answers. Throws `config.invalid`. */
export function parseAnswererSettings(
  env: Record<string, string | undefined>,
): Pick<Config, 'answerer' | 'fallback' | 'vendors'> {
  const given = toGiven(env)
  const isOfAnswerers = /^(ANSWERER|DEEPSEEK|ARK|OPENAI|DIFY|FASTGPT|LANGGRAPH)(_|$)/
  const ofAnswerers = Object.entries(given.given).filter(([name]) => isOfAnswerers.test(name))
  // What every bridge needs and no answerer does.
  const rest = { EDGE_URL: 'http://localhost', BRIDGE_TOKEN: '-'.repeat(16), WECHAT_CORP_ID: '-', WECHAT_SECRET: '-' }
  const { answerer, fallback, vendors } = parseConfig({ ...Object.fromEntries(ofAnswerers), ...rest })
  return { answerer, fallback, vendors }
}

function toModel(apiKey: string | undefined, baseUrl: string, model: string): ModelSettings | undefined {
  return apiKey === undefined ? undefined : { apiKey, baseUrl, model }
}

function toVendors(data: z.output<typeof schema>): VendorSettings {
  const deepseek = toModel(data.DEEPSEEK_API_KEY, data.DEEPSEEK_BASE_URL, data.DEEPSEEK_MODEL)
  const doubao = toModel(data.ARK_API_KEY, data.ARK_BASE_URL, data.ARK_MODEL)
  // `crossFaults` sees to it that what has no default is there with its key.
  const openai = toModel(data.OPENAI_API_KEY, data.OPENAI_BASE_URL, data.OPENAI_MODEL ?? '')
  return {
    ...(deepseek && { deepseek }),
    ...(doubao && { doubao }),
    ...(openai && { openai }),
    ...(data.DIFY_API_KEY && { dify: { apiKey: data.DIFY_API_KEY, baseUrl: data.DIFY_BASE_URL } }),
    ...(data.FASTGPT_API_KEY && { fastgpt: { apiKey: data.FASTGPT_API_KEY, baseUrl: data.FASTGPT_BASE_URL ?? '' } }),
    ...(data.LANGGRAPH_BASE_URL && {
      langgraph: {
        apiKey: data.LANGGRAPH_API_KEY,
        baseUrl: data.LANGGRAPH_BASE_URL,
        assistantId: data.LANGGRAPH_ASSISTANT_ID,
      },
    }),
  }
}

/** Of its own where it has a key, else DeepSeek's tool. */
function toAsr(
  data: Pick<
    z.output<typeof schema>,
    'ASR_API_KEY' | 'ASR_BASE_URL' | 'ASR_MODEL' | 'DEEPSEEK_API_KEY' | 'DEEPSEEK_BASE_URL'
  >,
): Config['asr'] {
  const own = toModel(data.ASR_API_KEY, data.ASR_BASE_URL, data.ASR_MODEL)
  if (own !== undefined) return { kind: 'openai', ...own }
  const deepseek = toModel(data.DEEPSEEK_API_KEY, data.DEEPSEEK_BASE_URL, '')
  return deepseek && { kind: 'deepseek', ...deepseek }
}

/** A group robot of WeCom is known by its address: https://developer.work.weixin.qq.com/document/path/91770 */
function webhookKind(address: string): 'wecom' | 'json' {
  return new URL(address).pathname.startsWith('/cgi-bin/webhook/') ? 'wecom' : 'json'
}

/** `name=value,name=value`, values percent-encoded. https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
function toHeaders(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair) => pair.split('='))
  return Object.fromEntries(
    pairs.flatMap(([name = '', ...value]) =>
      name.trim() === '' ? [] : [[name.trim(), decode(value.join('=').trim())]],
    ),
  )
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Throws `config.invalid` with a line per fault. An empty value counts as not set. */
export function parseConfig(env: Record<string, string | undefined>, isTerminal = false): Config {
  const all = toGiven(env)
  const { given } = all
  const data = parse(schema, all, crossFaults(given))
  return Object.freeze({
    edge: { url: data.EDGE_URL, bridgeToken: data.BRIDGE_TOKEN },
    wecom: {
      apiBase: data.WECHAT_API_BASE.replace(/\/$/, ''),
      corpId: data.WECHAT_CORP_ID,
      secret: data.WECHAT_SECRET,
    },
    rabbitmq:
      data.RABBITMQ_HOST === undefined
        ? undefined
        : {
            host: data.RABBITMQ_HOST,
            port: data.RABBITMQ_PORT,
            username: data.RABBITMQ_USERNAME,
            password: data.RABBITMQ_PASSWORD,
            vhost: data.RABBITMQ_VHOST,
          },
    databaseUrl: data.DATABASE_URL,
    dataDir: data.DATA_DIR,
    deskDir: data.DESK_DIR ?? `${data.DATA_DIR}/desk`,
    console: { host: data.HOST, port: data.PORT, password: data.CONSOLE_PASSWORD },
    roles: new Set(data.ROLES),
    burst: { quietMs: data.BURST_QUIET_MS, maxWaitMs: data.BURST_MAX_WAIT_MS },
    parseWaitMs: data.PARSE_WAIT_MS,
    coldStartMaxAgeMs: data.COLD_START_MAX_AGE * 1000,
    retentionMs: data.RETENTION_DAYS === 0 ? undefined : data.RETENTION_DAYS * 86_400_000,
    answerer: data.ANSWERER ?? configured(given)[0] ?? 'knowledge',
    fallback: data.ANSWERER_FALLBACK,
    vendors: toVendors(data),
    embedding: toModel(data.EMBEDDING_API_KEY, data.EMBEDDING_BASE_URL, data.EMBEDDING_MODEL),
    rerank: toModel(data.RERANK_API_KEY, data.RERANK_BASE_URL, data.RERANK_MODEL),
    vision: toModel(data.VISION_API_KEY, data.VISION_BASE_URL, data.VISION_MODEL),
    asr: toAsr(data),
    outboundProxy: data.OUTBOUND_PROXY,
    alerts:
      data.ALERT_WEBHOOK_URL === undefined
        ? undefined
        : { url: data.ALERT_WEBHOOK_URL, kind: data.ALERT_WEBHOOK_KIND ?? webhookKind(data.ALERT_WEBHOOK_URL) },
    tracing:
      data.OTEL_EXPORTER_OTLP_ENDPOINT === undefined
        ? undefined
        : { endpoint: data.OTEL_EXPORTER_OTLP_ENDPOINT, headers: toHeaders(data.OTEL_EXPORTER_OTLP_HEADERS ?? '') },
    log: { level: data.LOG_LEVEL, pretty: data.LOG_FORMAT === undefined ? isTerminal : data.LOG_FORMAT === 'pretty' },
    timeScale: data.TIME_SCALE,
    obsolete: OBSOLETE.filter((name) => given[name] !== undefined),
  })
}
