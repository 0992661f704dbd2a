/**
 * What people see when something is wrong, and which findings of the doctor explain it: the order of docs/troubleshooting. Beside them what
 * only a console or a log says. `platform.*` stands for every finding of that check that stands nowhere else.
 */
import { CONSOLE_PAGES } from '../console-pages.ts'
import type { Text } from '../language.ts'

export interface Symptom {
  title: Text
  intro?: Text
  /** Codes of findings. */
  codes: readonly string[]
  /** What a console or a log says, word for word, and what it means. */
  words?: readonly { shown: string; means: Text; todo: Text }[]
}

export const SYMPTOMS: readonly Symptom[] = [
  {
    title: {
      zh: '后台不接受回调地址（回调地址请求不通过）',
      en: 'The console refuses the callback URL (回调地址请求不通过)',
    },
    intro: {
      zh: '后台对所有原因只有这一句。`npm run setup` 在等验证时会说出是哪一项不对。一直没有反应，说明腾讯的请求没有到达 Worker。',
      en: 'The console has this one message for everything. While `npm run setup` waits for the check, it says which of the values is wrong. When it says nothing, the request of Tencent did not get to the Worker.',
    },
    codes: [
      'edge.workers-dev',
      'edge.name',
      'edge.refused',
      'edge.tls',
      'edge.timeout',
      'edge.network',
      'edge.not-the-worker',
      'edge.outdated',
      'edge.settings-wrong',
      'edge.callbacks-signature-wrong',
      'edge.callbacks-undecryptable',
      'edge.callbacks-receiver-wrong',
      'edge.never-checked',
      'url-check.*',
    ],
    words: [
      {
        shown: '域名主体校验未通过',
        means: {
          zh: '企业微信版：已验证的企业，域名的备案主体必须是本企业或关联企业',
          en: 'WeCom mode: the ICP filing of the domain must name this company or a related one',
        },
        todo: {
          zh: '换成本企业备案的域名；它不能迁到 Cloudflare 时，用备案域名上的反向代理把 /callback 连同参数转给 Worker',
          en: "take a domain that is filed for this company; if it can't move to Cloudflare, let a reverse proxy on it pass /callback with its query on to the Worker",
        },
      },
    ],
  },
  {
    title: { zh: 'bridge 起不来', en: 'The bridge does not start' },
    codes: ['settings.*', 'node.*', 'database.*', 'bridge.port-taken'],
    words: [
      {
        shown: 'the settings are incomplete or wrong:',
        means: { zh: '下面几行逐项写明了哪些设置有问题', en: 'the lines below it name each setting' },
        todo: { zh: '改 .env，或运行 npm run setup', en: 'change .env, or run npm run setup' },
      },
      {
        shown: 'port 8788 is taken: set PORT to another one',
        means: { zh: '端口被别的程序或另一个 bridge 占用', en: 'another program, or another bridge, listens there' },
        todo: { zh: '换一个 PORT；PORT=0 任取一个空闲端口', en: 'set another PORT; PORT=0 takes a free one' },
      },
      {
        shown: 'kefu-edge needs Node 24.12 or later',
        means: { zh: '启动 bridge 的 Node 太旧', en: 'the bridge was started with an older Node' },
        todo: {
          zh: '运行 npm ci，再用 npm start 启动；仍然如此，说明 npm 被设置成不安装可选依赖',
          en: 'run npm ci and start by npm start; if it stays, npm was told to omit optional packages',
        },
      },
    ],
  },
  {
    title: { zh: 'bridge 连不上 Worker', en: 'The bridge does not get to the Worker' },
    codes: [
      'edge.unset',
      'edge.secret-wrong',
      'edge.clock-wrong',
      'edge.other-database',
      'edge.previous-secret',
      'edge.other-version',
      'edge.mailbox-down',
      'edge.plain-http',
      'clock.*',
    ],
    words: [
      {
        shown: 'the edge refused this bridge (401)',
        means: {
          zh: 'Worker 与 bridge 的 BRIDGE_TOKEN 或 WECHAT_CORP_ID 不一致，或本机时钟不准',
          en: 'BRIDGE_TOKEN or WECHAT_CORP_ID differs between the Worker and the bridge, or the clock is wrong',
        },
        todo: { zh: '运行 npm run doctor，它会说出是哪一个', en: 'run npm run doctor, which says which of them' },
      },
      {
        shown: 'EDGE_URL does not lead to the Worker (404)',
        means: { zh: '那个地址上是别的网站', en: 'another site answers there' },
        todo: {
          zh: '核对 EDGE_URL；Worker 的 /healthz 会返回 JSON',
          en: "check EDGE_URL; the Worker's /healthz answers with JSON",
        },
      },
      {
        shown: 'the mailbox belongs to a bridge on another database',
        means: {
          zh: '这个 bridge 用的数据库不是之前用过这个信箱的那个',
          en: 'this bridge has another database than the one that used the mailbox before',
        },
        todo: {
          zh: '用原来的 DATA_DIR 或 DATABASE_URL；原来的已经没有了：npm run kefu -- relay take-over',
          en: "use that one's DATA_DIR or DATABASE_URL; if it is gone for good: npm run kefu -- relay take-over",
        },
      },
    ],
  },
  {
    title: { zh: '平台拒绝（40001、60020、95011……）', en: 'The platform refuses (40001, 60020, 95011 …)' },
    intro: {
      zh: `数字是平台的错误码；表里没有的到 ${CONSOLE_PAGES.errcodes} 查。`,
      en: `The numbers are the platform's errcodes; what is not in the table can be looked up at ${CONSOLE_PAGES.errcodes}.`,
    },
    codes: ['platform.*', 'accounts.*'],
  },
  {
    title: { zh: '客户发了消息，没有回答', en: 'A customer writes and is not answered' },
    intro: {
      zh: '某一条消息去了哪里：`npm run kefu -- parked list` 列出搁置的。',
      en: 'What became of a message: `npm run kefu -- parked list` has those that were given up.',
    },
    codes: ['bridge.*', 'edge.no-bridge', 'edge.mail-waits', 'knowledge.*', 'work.*', 'rabbitmq.*'],
    words: [
      {
        shown: 'needs_person · too-old',
        means: {
          zh: '拉到这条消息时已超过 48 小时（停机太久），平台不再接受回复',
          en: 'it was older than 48 hours when it was pulled, after a long outage: the platform takes no answer any more',
        },
        todo: {
          zh: '请人另行联系客户；客户再次发言后可以 parked retry',
          en: 'have a person reach the customer; parked retry once they have written again',
        },
      },
      {
        shown: 'fetch.page',
        means: {
          zh: '日志里只有它，之后没有回答，也没有搁置：第一次启动时，比 COLD_START_MAX_AGE 更早的消息算历史，只存下来',
          en: 'the log has this and no answer after it, and nothing is parked: at the very first start, what is older than COLD_START_MAX_AGE is history',
        },
        todo: { zh: '再发一条', en: 'write a new one' },
      },
    ],
  },
  {
    title: { zh: '模型不回答', en: 'The model does not answer' },
    codes: ['model.*', 'embedding.*', 'rerank.*'],
  },
  {
    title: { zh: '看不懂语音、图片或视频', en: 'Voices, pictures or films are not understood' },
    codes: ['programs.*', 'vision.*', 'speech.*'],
  },
]
