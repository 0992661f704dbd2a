/**
 * Every setting of the bridge, parsed once in main.ts and passed down in pieces. All faults are named in one message, by
 * name and never by value.
 */
import { z } from 'zod'
import { AppError } from '../shared/app-error.ts'

export const ROLES = ['relay', 'fetch', 'parse', 'reply', 'console'] as const
export type Role = (typeof ROLES)[number]

export const ANSWERERS = ['deepseek', 'openai'] as const
export type AnswererName = (typeof ANSWERERS)[number]

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
  roles: ReadonlySet<Role>
  burst: { quietMs: number; maxWaitMs: number }
  parseWaitMs: number
  coldStartMaxAgeMs: number
  /** How long what was said is kept; undefined: for ever. */
  retentionMs: number | undefined
  /** Who answers; undefined only in a process that makes no replies. */
  answerer: AnswererName | undefined
  /** Who answers when the first one fails to the end. */
  fallback: AnswererName | undefined
  /** Those that are configured. */
  vendors: Readonly<Partial<Record<AnswererName, { apiKey: string; baseUrl: string; model: string }>>>
  /** What customers' links are opened through; undefined: directly. */
  outboundProxy: string | undefined
  log: { level: string; pretty: boolean }
  /** Of every time-out and rhythm; 1 but for tests. */
  timeScale: number
  /** Names of settings that the first version had and that do nothing any more. */
  obsolete: string[]
}

const OBSOLETE = ['WECHAT_FASTAPI_PORT', 'SSL_KEYFILE_PATH', 'SSL_CERTIFILE_PATH'] as const
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost'])

const required = z.string({ error: 'is missing' }).min(1, 'is empty')
const url = (protocol: RegExp, what: string) =>
  z.url({ protocol, error: ({ input }) => (input === undefined ? 'is missing' : `must be ${what}`) })
const whole = (fallback: number, min: number, max: number) =>
  z.coerce
    .number({ error: 'must be a whole number' })
    .int('must be a whole number')
    .min(min, `must be at least ${min}`)
    .max(max, `must be at most ${max}`)
    .default(fallback)

const roles = z
  .string()
  .default(ROLES.join(','))
  .transform((text) => text.split(',').map((role) => role.trim()))
  .pipe(z.array(z.enum(ROLES, { error: `must be some of ${ROLES.join(',')}` })).min(1))

const answerer = z.enum(ANSWERERS, { error: `must be one of ${ANSWERERS.join(', ')}` }).optional()

const schema = z.object({
  EDGE_URL: url(/^https?$/, "the Worker's address, https://… (http://… for a local one)"),
  BRIDGE_TOKEN: required.min(16, 'must have at least 16 characters'),
  WECHAT_CORP_ID: required,
  WECHAT_SECRET: required,
  WECHAT_API_BASE: url(/^https?$/, 'an address that ends in /cgi-bin').default('https://qyapi.weixin.qq.com/cgi-bin'),
  RABBITMQ_HOST: z.string().optional(),
  RABBITMQ_PORT: whole(5672, 1, 65535),
  RABBITMQ_USERNAME: z.string().default('guest'),
  RABBITMQ_PASSWORD: z.string().default('guest'),
  RABBITMQ_VHOST: z.string().default('/'),
  DATABASE_URL: url(/^postgres(ql)?$/, 'postgres://user:password@host:port/database').optional(),
  DATA_DIR: z.string().default('./data'),
  PORT: whole(8788, 0, 65535),
  HOST: z.string().default('127.0.0.1'),
  CONSOLE_PASSWORD: z.string().min(8, 'must have at least 8 characters').optional(),
  ROLES: roles,
  BURST_QUIET_MS: whole(800, 0, 60_000),
  BURST_MAX_WAIT_MS: whole(4000, 0, 120_000),
  PARSE_WAIT_MS: whole(20_000, 0, 600_000),
  COLD_START_MAX_AGE: whole(600, 0, 259_200),
  RETENTION_DAYS: whole(180, 0, 36_500),
  ANSWERER: answerer,
  ANSWERER_FALLBACK: answerer,
  DEEPSEEK_API_KEY: z.string().optional(),
  DEEPSEEK_BASE_URL: url(/^https?$/, 'an http(s) address').default('https://api.deepseek.com'),
  DEEPSEEK_MODEL: z.string().default('deepseek-flash'),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: url(/^https?$/, 'an http(s) address').default('https://api.openai.com/v1'),
  OPENAI_MODEL: z.string().optional(),
  OUTBOUND_PROXY: url(/^https?$/, 'http(s)://user:password@host:port').optional(),
  TIME_SCALE: z.coerce
    .number({ error: 'must be a number' })
    .min(0.01, 'must be at least 0.01')
    .max(1, 'must be at most 1')
    .default(1),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'], { error: 'must be debug, info, warn or error' })
    .default('info'),
  LOG_FORMAT: z.enum(['json', 'pretty'], { error: 'must be json or pretty' }).optional(),
})

/** Faults that lie between settings, told along with those of single ones. */
function crossFaults(given: Record<string, string | undefined>): string[] {
  const faults: string[] = []
  if (given.CONSOLE_PASSWORD === undefined && given.HOST !== undefined && !LOOPBACK.has(given.HOST)) {
    faults.push('HOST must be a loopback address as long as CONSOLE_PASSWORD is not set')
  }
  if ((given.ROLES ?? 'reply').includes('reply') && configured(given).length === 0) {
    faults.push(
      'DEEPSEEK_API_KEY or OPENAI_API_KEY is missing: no answerer is configured, so nothing could be answered',
    )
  }
  for (const name of ['ANSWERER', 'ANSWERER_FALLBACK'] as const) {
    const wanted = ANSWERERS.find((answerer) => answerer === given[name])
    if (wanted !== undefined && !configured(given).includes(wanted)) {
      faults.push(`${name} needs ${wanted.toUpperCase()}_API_KEY`)
    }
  }
  if (given.OPENAI_API_KEY !== undefined && given.OPENAI_MODEL === undefined) {
    faults.push("OPENAI_MODEL is missing: there is no default for a server that may be anybody's")
  }
  if (Number(given.BURST_MAX_WAIT_MS ?? 4000) < Number(given.BURST_QUIET_MS ?? 800)) {
    faults.push('BURST_MAX_WAIT_MS must not be less than BURST_QUIET_MS')
  }
  return faults
}

/** Those with a key, in the order of preference. */
function configured(given: Record<string, string | undefined>): AnswererName[] {
  return ANSWERERS.filter((name) => given[`${name.toUpperCase()}_API_KEY`] !== undefined)
}

/** An empty value counts as not set. */
function withoutEmpty(env: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''))
}

function parse<T>(settings: z.ZodType<T>, given: Record<string, string | undefined>, more: readonly string[] = []): T {
  const parsed = settings.safeParse(given)
  const single = parsed.error?.issues.map((issue) => `${issue.path[0]?.toString()} ${issue.message}`) ?? []
  const faults = new Set([...single, ...more])
  if (!parsed.success || faults.size > 0) {
    const lines = [...faults].map((fault) => `\n  ${fault}`).join('')
    throw new AppError('config.invalid', `the settings are incomplete or wrong:${lines}`, { retryable: false })
  }
  return parsed.data
}

/** For a command that needs the database and nothing else. Throws `config.invalid`. */
export function parseDatabaseSettings(env: Record<string, string | undefined>): DatabaseSettings {
  const data = parse(schema.pick({ DATABASE_URL: true, DATA_DIR: true }), withoutEmpty(env))
  return { databaseUrl: data.DATABASE_URL, dataDir: data.DATA_DIR }
}

/** For a command that calls the platform. Throws `config.invalid`. */
export function parsePlatformSettings(env: Record<string, string | undefined>): Config['wecom'] {
  const names = { WECHAT_CORP_ID: true, WECHAT_SECRET: true, WECHAT_API_BASE: true } as const
  const data = parse(schema.pick(names), withoutEmpty(env))
  return {
    apiBase: data.WECHAT_API_BASE.replace(/\/$/, ''),
    corpId: data.WECHAT_CORP_ID,
    secret: data.WECHAT_SECRET,
  }
}

/** Throws `config.invalid` with a line per fault. An empty value counts as not set. */
export function parseConfig(env: Record<string, string | undefined>, isTerminal = false): Config {
  const given = withoutEmpty(env)
  const data = parse(schema, given, crossFaults(given))
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
    console: { host: data.HOST, port: data.PORT, password: data.CONSOLE_PASSWORD },
    roles: new Set(data.ROLES),
    burst: { quietMs: data.BURST_QUIET_MS, maxWaitMs: data.BURST_MAX_WAIT_MS },
    parseWaitMs: data.PARSE_WAIT_MS,
    coldStartMaxAgeMs: data.COLD_START_MAX_AGE * 1000,
    retentionMs: data.RETENTION_DAYS === 0 ? undefined : data.RETENTION_DAYS * 86_400_000,
    answerer: data.ANSWERER ?? configured(given)[0],
    fallback: data.ANSWERER_FALLBACK,
    vendors: {
      ...(data.DEEPSEEK_API_KEY && {
        deepseek: { apiKey: data.DEEPSEEK_API_KEY, baseUrl: data.DEEPSEEK_BASE_URL, model: data.DEEPSEEK_MODEL },
      }),
      ...(data.OPENAI_API_KEY && {
        openai: { apiKey: data.OPENAI_API_KEY, baseUrl: data.OPENAI_BASE_URL, model: data.OPENAI_MODEL ?? '' },
      }),
    },
    outboundProxy: data.OUTBOUND_PROXY,
    log: { level: data.LOG_LEVEL, pretty: data.LOG_FORMAT === undefined ? isTerminal : data.LOG_FORMAT === 'pretty' },
    timeScale: data.TIME_SCALE,
    obsolete: OBSOLETE.filter((name) => given[name] !== undefined),
  })
}
