import packageJson from '../../../../package.json' with { type: 'json' }
import type { CallbackRefusal, EdgeStatus } from '../../../../shared/edge-status.ts'
import { createMetaStore } from '../../../store/meta-store.ts'
import { fetchEdge, isHealth, readStatus } from '../ask-edge.ts'
import { defineCheck, type FindingText, type Found } from '../check.ts'
import type { Installation } from '../installation.ts'

const LATE_MS = 60_000
/** Beyond it a refused callback is history. */
const RECENT_MS = 24 * 3_600_000
const HANDSHAKE_MS = 60_000

const findings = {
  ok: {
    level: 'ok',
    says: {
      zh: '连得上（{ms} 毫秒），版本 {version}，BRIDGE_TOKEN 正确，信箱待取 {pending}',
      en: 'reached in {ms} ms, version {version}, BRIDGE_TOKEN accepted, {pending} in the mailbox',
    },
  },
  unset: {
    level: 'failure',
    says: {
      zh: 'EDGE_URL、BRIDGE_TOKEN 或 WECHAT_CORP_ID 还没有设置好',
      en: 'EDGE_URL, BRIDGE_TOKEN or WECHAT_CORP_ID is not set rightly',
    },
    todo: { zh: '运行 npm run setup', en: 'run npm run setup' },
  },
  name: {
    level: 'failure',
    says: { zh: '域名 {host} 解析不到', en: 'there is no {host} in the DNS' },
    todo: {
      zh: '核对 EDGE_URL；刚部署的自定义域名要等几分钟；域名须在 Cloudflare 生效',
      en: 'check EDGE_URL; a new custom domain takes a few minutes, and its zone must be active on Cloudflare',
    },
  },
  refused: {
    level: 'failure',
    says: { zh: '{host} 拒绝连接', en: '{host} refuses connections' },
    todo: {
      zh: '核对 EDGE_URL 的主机和端口，Worker 是否已部署：npm run deploy',
      en: 'check host and port of EDGE_URL; is the Worker deployed (npm run deploy)?',
    },
  },
  tls: {
    level: 'failure',
    says: { zh: '{host} 的证书有问题（{code}）', en: 'the certificate of {host} is not good ({code})' },
    todo: {
      zh: '新域名的证书要等几分钟；中间有代理改证书时，设置 NODE_EXTRA_CA_CERTS；再检查本机时钟',
      en: 'that of a new domain takes a few minutes; behind a proxy that replaces it, set NODE_EXTRA_CA_CERTS; look at the clock, too',
    },
  },
  timeout: {
    level: 'failure',
    says: { zh: '{host} 没有在 8 秒内回应', en: '{host} does not answer within 8 s' },
    todo: {
      zh: '检查本机能否访问外网；workers.dev 在中国大陆访问不到，要用自定义域名',
      en: 'can this machine reach the internet? workers.dev can not be reached from mainland China: use a custom domain',
    },
  },
  network: {
    level: 'failure',
    says: { zh: '到 {host} 的网络不通（{code}）', en: 'no connection to {host} ({code})' },
    todo: { zh: '检查网络、防火墙和代理', en: 'look at network, firewall and proxy' },
  },
  'not-the-worker': {
    level: 'failure',
    says: {
      zh: '{host} 上不是本程序的 Worker（HTTP {status}）',
      en: '{host} is not the Worker of this program (HTTP {status})',
    },
    todo: {
      zh: '核对 EDGE_URL；如果前面有 Access、机器人防护或防火墙规则，请对这个域名关掉',
      en: 'check EDGE_URL; take Access, bot protection and firewall rules off this domain',
    },
  },
  outdated: {
    level: 'failure',
    says: { zh: 'Worker 是旧版本，没有 /status', en: 'the Worker is an older version that has no /status' },
    todo: { zh: '运行 npm run deploy', en: 'run npm run deploy' },
  },
  'other-version': {
    level: 'warning',
    says: { zh: 'Worker 是 {version}，本程序是 {own}', en: 'the Worker is {version}, this program {own}' },
    todo: { zh: '运行 npm run deploy', en: 'run npm run deploy' },
  },
  'secret-wrong': {
    level: 'failure',
    says: {
      zh: 'Worker 不认这个 bridge（401）：BRIDGE_TOKEN 或 WECHAT_CORP_ID 两边不一致',
      en: 'the Worker refuses this bridge (401): BRIDGE_TOKEN or WECHAT_CORP_ID differs between the two',
    },
    todo: {
      zh: '让 .env 和 .dev.vars 里的这两项一致，再运行 npm run deploy',
      en: 'make both the same in .env and .dev.vars, then run npm run deploy',
    },
  },
  'clock-wrong': {
    level: 'failure',
    says: {
      zh: 'Worker 不认这个 bridge（401）：本机时钟差 {seconds} 秒',
      en: 'the Worker refuses this bridge (401): the clock is {seconds} s off',
    },
    todo: { zh: '打开时间同步：timedatectl set-ntp true', en: 'have it synchronised: timedatectl set-ntp true' },
  },
  'previous-secret': {
    level: 'warning',
    says: { zh: '本机用的是 BRIDGE_TOKEN_PREVIOUS 里的旧值', en: 'this bridge still uses BRIDGE_TOKEN_PREVIOUS' },
    todo: {
      zh: '把 .env 里的 BRIDGE_TOKEN 换成新值，重启 bridge',
      en: 'put the new BRIDGE_TOKEN into .env and restart the bridge',
    },
  },
  'settings-wrong': {
    level: 'failure',
    says: { zh: 'Worker 的密文不完整或格式不对（503）', en: "the Worker's secrets are incomplete or malformed (503)" },
    todo: {
      zh: '运行 npm run deploy，它会检查并设置全部四项',
      en: 'run npm run deploy, which checks and sets all four',
    },
  },
  'mailbox-down': {
    level: 'failure',
    says: { zh: 'Worker 的信箱用不了（503）', en: "the Worker's mailbox fails (503)" },
    todo: {
      zh: '多半是 Cloudflare 免费版当天额度用完：看 npx wrangler tail，UTC 零点恢复，或升级付费版',
      en: "most likely the day's allowance of the free plan is used up: see npx wrangler tail; it comes back at 00:00 UTC, or take the paid plan",
    },
  },
  'plain-http': {
    level: 'warning',
    says: { zh: 'EDGE_URL 不是 https', en: 'EDGE_URL is not https' },
    todo: { zh: '改成 https://，除非 Worker 就在本机', en: 'use https://, unless the Worker runs on this machine' },
  },
  'workers-dev': {
    level: 'warning',
    says: {
      zh: 'workers.dev 在中国大陆访问不到，腾讯的验证请求多半到不了',
      en: "workers.dev can't be reached from mainland China: Tencent's check will most likely not arrive",
    },
    todo: {
      zh: '运行 npm run deploy -- --domain 您的域名',
      en: 'run npm run deploy -- --domain with a domain of yours',
    },
  },
  'never-checked': {
    level: 'warning',
    says: { zh: '后台还没有成功验证过回调地址', en: 'the console has never checked the callback URL with success' },
    todo: {
      zh: '运行 npm run setup，它会说明填什么，并等验证到达',
      en: 'run npm run setup: it says what to fill in, and waits for the check',
    },
  },
  'callbacks-signature-wrong': {
    level: 'warning',
    says: { zh: '{ago}有回调被拒：签名不对', en: 'a callback was refused {ago}: its signature is wrong' },
    todo: {
      zh: '后台的 Token 与 Worker 的 WECHAT_TOKEN 要一致；只是偶尔一次，可能是有人乱试',
      en: 'the Token in the console and WECHAT_TOKEN must be the same; a single one may be a stranger',
    },
  },
  'callbacks-undecryptable': {
    level: 'warning',
    says: { zh: '{ago}有回调解不开', en: 'a callback could not be decrypted {ago}' },
    todo: {
      zh: '后台的 EncodingAESKey 与 Worker 的 WECHAT_AESKEY 要一致',
      en: 'the EncodingAESKey in the console and WECHAT_AESKEY must be the same',
    },
  },
  'callbacks-receiver-wrong': {
    level: 'warning',
    says: { zh: '{ago}有回调是给别的企业的', en: 'a callback was for another corp {ago}' },
    todo: {
      zh: 'Worker 的 WECHAT_CORP_ID 不是这家企业的企业ID',
      en: "the Worker's WECHAT_CORP_ID is not the one of this corp",
    },
  },
  'no-bridge': {
    level: 'warning',
    says: { zh: '没有 bridge 连着（上次：{seen}）', en: 'no bridge is connected (last: {seen})' },
    todo: { zh: '运行 npm start', en: 'run npm start' },
  },
  'other-database': {
    level: 'failure',
    says: {
      zh: '信箱属于另一个数据库的 bridge，这里收不到消息',
      en: 'the mailbox belongs to the bridge of another database: none of its mail comes here',
    },
    todo: {
      zh: '用原来的 DATA_DIR 或 DATABASE_URL；原来的已经没有了：npm run kefu -- relay take-over',
      en: "use that one's DATA_DIR or DATABASE_URL; if it is gone for good: npm run kefu -- relay take-over",
    },
  },
  'mail-waits': {
    level: 'failure',
    says: {
      zh: '信箱里有 {pending} 件没人取，最久 {seconds} 秒',
      en: '{pending} wait in the mailbox, the oldest for {seconds} s',
    },
    todo: {
      zh: '启动 bridge；它若在运行，看日志里的 relay 和 database',
      en: 'start the bridge; if it runs, look at relay and database in its log',
    },
  },
} satisfies Record<string, FindingText>

type Key = keyof typeof findings

export const edge = defineCheck({
  name: 'edge',
  about: { zh: '边缘（Cloudflare Worker）', en: 'edge (the Cloudflare Worker)' },
  deadlineMs: 20_000,
  findings,
  async run(installation, signal) {
    const { edge: address, askedEdge } = installation
    if (address === undefined) return [{ key: 'unset' }]
    const answer = await askedEdge()
    const url = new URL(address.url)
    const { host } = url
    const form = inspectAddress(url)
    if (answer.kind === 'unreachable') return [{ key: answer.reason, values: { host, code: answer.code } }, ...form]
    const status = readStatus(answer)
    if (status !== undefined) {
      return [...describeStatus(status, answer.ms), ...(await compareDatabases(status, installation)), ...form]
    }
    const seconds = Math.abs(Math.round((answer.clockAheadMs ?? 0) / 1000))
    if (answer.status === 401) {
      return [seconds * 1000 > HANDSHAKE_MS ? { key: 'clock-wrong', values: { seconds } } : { key: 'secret-wrong' }]
    }
    return [await explainAnswer(installation, answer.status, signal), ...form]
  },
})

function inspectAddress({ protocol, hostname }: URL): Found<Key>[] {
  if (hostname.endsWith('.workers.dev')) return [{ key: 'workers-dev' }]
  const isHere = /^(127\.0\.0\.1|localhost|\[::1\])$/.test(hostname)
  return protocol === 'http:' && !isHere ? [{ key: 'plain-http' }] : []
}

function describeStatus(status: EdgeStatus, ms: number): Found<Key>[] {
  const { version, pending, oldestAgeMs, refused, urlCheckedAt = 0, lastCallbackAt = 0 } = status
  const own = packageJson.version
  const wasRefused =
    refused !== undefined && refused.at > Math.max(lastCallbackAt, urlCheckedAt) && Date.now() - refused.at < RECENT_MS
  const faults: Found<Key>[] = [
    ...(version === own ? [] : [{ key: 'other-version' as const, values: { version, own } }]),
    ...(status.isCurrentSecret ? [] : [{ key: 'previous-secret' as const }]),
    ...(urlCheckedAt === 0 && lastCallbackAt === 0 ? [{ key: 'never-checked' as const }] : []),
    ...(wasRefused ? [{ key: CALLBACK_KEYS[refused.reason], values: { ago: describeAge(refused.at) } }] : []),
  ]
  if (oldestAgeMs > LATE_MS) {
    faults.push({ key: 'mail-waits', values: { pending, seconds: Math.round(oldestAgeMs / 1000) } })
  } else if (!status.bridgeConnected) {
    const seen = status.bridgeSeenAt === undefined ? '—' : describeAge(status.bridgeSeenAt)
    faults.push({ key: 'no-bridge', values: { seen } })
  }
  return [{ key: 'ok', values: { ms, version, pending } }, ...faults]
}

/** The mailbox gives its mail to the bridges of one database alone. */
async function compareDatabases({ databaseId }: EdgeStatus, { openedDatabase }: Installation): Promise<Found<Key>[]> {
  const opened = await openedDatabase()
  if (databaseId === undefined || opened.kind !== 'open' || opened.schema === 0) return []
  const own = await createMetaStore(opened.database).databaseId()
  return own === databaseId ? [] : [{ key: 'other-database' }]
}

const CALLBACK_KEYS: Readonly<Record<CallbackRefusal, Key>> = {
  'signature-wrong': 'callbacks-signature-wrong',
  undecryptable: 'callbacks-undecryptable',
  'receiver-wrong': 'callbacks-receiver-wrong',
}

/** Language-free: a time of day and a date. */
function describeAge(at: number): string {
  return new Date(at).toISOString().replace('T', ' ').slice(0, 16).concat(' UTC ')
}

/** `/healthz` tells an older Worker, one with wrong settings and one whose mailbox fails from another site. */
async function explainAnswer(
  { edge: address, fetch }: Installation,
  status: number,
  signal: AbortSignal,
): Promise<Found<Key>> {
  const url = new URL(address?.url ?? '')
  const health = await fetchEdge(new URL('/healthz', url), { fetch, signal })
  const isOurs = health.kind === 'answered' && isHealth(health.text)
  if (isOurs) return { key: status === 503 ? 'mailbox-down' : 'outdated' }
  const isBare = health.kind === 'answered' && health.status === 503 && health.text === ''
  return isBare && status === 503
    ? { key: 'settings-wrong' }
    : { key: 'not-the-worker', values: { host: url.host, status } }
}
