/**
 * One page that says whether the bridge works, and if not, why and what to do: first what needs a person, then how it goes. Chinese first,
 * English beside it. Never a customer's words or name.
 */
import { html } from 'hono/html'
import type { LastAnswer } from '../store/overview-store.ts'
import type { OpenAlert } from './alerts/list-open-alerts.ts'
import type { Overview } from './create-overview.ts'
import { toStageText } from './parked-words.ts'
import { toPartName, toPartReason } from './part-words.ts'
import { STATUS_STYLE } from './status-style.ts'
import { toAge } from './to-age.ts'

export interface Status {
  ready: boolean
  /** One per part: database, bus, relay … */
  parts: { name: string; up: boolean; reason?: string }[]
  backlog: { stage: string; count: number; oldestSeconds: number }[]
  parked: number
  alerts: readonly OpenAlert[]
  version: string
  roles: readonly string[]
  /** Which jobs this process does for all. */
  jobs: readonly string[]
}

type Html = ReturnType<typeof html>

const STAGE_NAMES: Readonly<Record<string, string>> = { fetch: '拉取', parse: '解析', reply: '回答', send: '发送' }
const ROLE_NAMES: Readonly<Record<string, string>> = { ...STAGE_NAMES, relay: '边缘连接', console: '状态页' }
const JOB_NAMES: Readonly<Record<string, string>> = {
  sweeper: '补漏',
  reconciler: '对账',
  clock: '时钟',
  alerts: '告警',
  traces: '追踪',
  retention: '过期清理',
  media: '文件清理',
  knowledge: '知识库更新',
  desk: '会话收尾',
  calls: '调用额度',
  relay: '边缘连接',
}
const ANSWERER_NAMES: Readonly<Record<string, string>> = { knowledge: '知识库' }
const MICROS = 1_000_000

export function renderStatusPage(status: Status, overview: Overview | undefined) {
  return html`<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="5">
<title>${status.ready ? '正常' : '未就绪'} · kefu-edge</title>
<style>${STATUS_STYLE}</style>
</head>
<body>
<header><h1>kefu-edge <small>${status.version}</small></h1><span class="badge ${status.ready ? 'good' : 'bad'}">${status.ready ? '运行正常 · ready' : '未就绪 · not ready'}</span></header>
${status.ready ? '' : html`<p class="hint">逐项原因和办法 <small>why, and what to do</small>：<code>npm run doctor</code></p>`}
${overview === undefined ? '' : renderFigures(status, overview)}
${status.alerts.length === 0 ? '' : renderAlerts(status.alerts, overview?.now)}
${overview === undefined || overview.parked.length === 0 ? '' : renderParked(overview)}
<div class="columns">
${renderParts(status)}
${renderBacklog(status)}
</div>
${overview === undefined ? '' : [renderAnswers(overview), renderAccounts(overview)]}
<footer>${overview === undefined ? '' : html`回答者 answers: ${nameAll(overview.answerers, ANSWERER_NAMES)}<br>`}本进程 this process: ${nameAll(status.roles, ROLE_NAMES)}<br>承担的单一任务 jobs: ${
    nameAll(
      status.jobs.map((job) => job.replace(/:.*$/, '')),
      JOB_NAMES,
    ) || '—'
  }</footer>
</body>
</html>`
}

function nameAll(words: readonly string[], names: Readonly<Record<string, string>>): string {
  return words.map((word) => names[word] ?? word).join('、')
}

function renderFigures(status: Status, { now, today, answers, people }: Overview) {
  const [last] = answers
  const figures: [zh: string, en: string, value: string, isBad?: boolean][] = [
    ['今日回答', 'answers today', String(today.replies)],
    ['今日花费', 'spent today', toSpent(today)],
    ['最近一次回答', 'last answer', last === undefined ? '—' : `${toAge(now - last.createdAt)}前`],
    [
      '人工接待中',
      'with people',
      people.pool === 0 ? String(people.person) : `${people.person}（另有 ${people.pool} 位排队）`,
    ],
    ['搁置', 'parked', String(status.parked), status.parked > 0],
    ['告警', 'alerts', String(status.alerts.length), status.alerts.length > 0],
  ]
  return html`<dl class="figures">${figures.map(
    ([zh, en, value, isBad]) =>
      html`<div><dt>${zh} <small>${en}</small></dt><dd class="${isBad === true ? 'down' : ''}">${value}</dd></div>`,
  )}</dl>`
}

function renderAlerts(alerts: readonly OpenAlert[], now?: number) {
  return section(
    ['告警', 'alerts'],
    [
      ['出了什么事', 'what'],
      ['怎么办', 'what to do'],
    ],
    alerts.map(({ title, detail, todo, openedAt }) => [
      html`<span class="down">${title.zh}</span> <small>${title.en}</small><br><span class="quiet">${detail.zh}${now === undefined ? '' : `（${toAge(now - openedAt)}前开始）`}</span>`,
      html`${todo.zh} <small>${todo.en}</small>`,
    ]),
  )
}

function renderParked({ now, parked }: Overview) {
  const table = section(
    ['搁置，等人处理', 'parked'],
    [
      ['原因', 'reason'],
      ['环节', 'stage'],
      ['条数', 'count'],
      ['最早', 'oldest'],
    ],
    parked.map(({ stage, why, count, oldestAt }) => [
      both(why),
      toStageText(stage).zh,
      String(count),
      `${toAge(now - oldestAt)}前`,
    ]),
  )
  return html`${table}<p class="hint">逐条查看和处理 <small>one by one</small>：<code>npm run kefu -- parked list</code></p>`
}

function renderParts({ parts }: Status) {
  return section(
    ['部件', 'parts'],
    [],
    parts.map((part) => [
      both({ zh: toPartName(part.name), en: part.name }),
      part.up
        ? html`<span class="up">正常 · up</span>`
        : html`<span class="down">中断 · down</span><br>${toPartReason(part.name, part.reason ?? '')}<br><small class="also">${part.reason ?? ''}</small>`,
    ]),
  )
}

function renderBacklog({ backlog }: Status) {
  return section(
    ['待处理', 'backlog'],
    [],
    backlog.map(({ stage, count, oldestSeconds }) => [
      both({ zh: STAGE_NAMES[stage] ?? stage, en: stage }),
      count === 0
        ? html`<span class="quiet">0</span>`
        : html`${count} <small>最久已等 ${toAge(oldestSeconds * 1000)}</small>`,
    ]),
  )
}

function renderAnswers({ now, answers, accounts }: Overview) {
  if (answers.length === 0) {
    return html`<section><h2>最近的回答 <small>last answers</small></h2><p class="hint">还没有回答过。<small>None yet.</small></p></section>`
  }
  const manyAccounts = accounts.length > 1
  return section(
    ['最近的回答', 'last answers'],
    [
      ['何时', 'when'],
      ['结果', 'outcome'],
      ['客户等了', 'waited'],
      ['谁答的', 'by'],
      ...(manyAccounts ? [['账号', 'account'] as const] : []),
    ],
    answers.map((answer) => [
      `${toAge(now - answer.createdAt)}前`,
      toOutcome(answer),
      answer.sentAt > 0 && answer.askedAt > 0 ? toSeconds(answer.sentAt - answer.askedAt) : '—',
      answer.answerer === '' ? '—' : (ANSWERER_NAMES[answer.answerer] ?? answer.answerer),
      ...(manyAccounts ? [answer.openKfId] : []),
    ]),
  )
}

/** Of several, what an operator must know first. */
function toOutcome(answer: LastAnswer): Html {
  if (answer.failed > 0) return html`<span class="down">有 ${answer.failed} 条发不出</span> <small>failed</small>`
  if (answer.parked > 0) return html`<span class="down">搁置</span> <small>parked</small>`
  if (answer.handedOver > 0) return html`转人工 <small>to a person</small>`
  if (answer.held > 0) return html`等客户再来信 <small>held</small>`
  if (answer.waiting > 0) return html`发送中 <small>sending</small>`
  if (answer.sentAt > 0) return html`<span class="up">已发出</span> <small>sent</small>`
  return html`无需回复 <small>nothing to say</small>`
}

function renderAccounts({ now, accounts }: Overview) {
  if (accounts.length === 0) {
    return html`<section><h2>客服账号 <small>accounts</small></h2><p class="hint">还没有找到客服账号：运行 <code>npm run doctor</code> 看看原因。<small>No account has been found.</small></p></section>`
  }
  return section(
    ['客服账号', 'accounts'],
    [
      ['账号', 'account'],
      ['今日回答', 'answers'],
      ['今日花费', 'spent'],
      ['上次拉取', 'pulled'],
    ],
    accounts.map(({ openKfId, replies, costMicros, unpriced, pulledAt, error, why }) => [
      openKfId,
      String(replies),
      toSpent({ costMicros, unpriced }),
      error === ''
        ? pulledAt === 0
          ? '—'
          : `${toAge(now - pulledAt)}前`
        : html`<span class="down">失败 · failed</span> <small class="also">${why.zh}</small>`,
    ]),
  )
}

function section(
  [zh, en]: readonly [string, string],
  heads: readonly (readonly [string, string])[],
  rows: readonly (readonly (string | Html)[])[],
) {
  const head =
    heads.length === 0
      ? ''
      : html`<tr>${heads.map((words) => html`<th>${words[0]} <small>${words[1]}</small></th>`)}</tr>`
  return html`<section><h2>${zh} <small>${en}</small></h2><table>${head}${rows.map(
    (cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</table></section>`
}

function both({ zh, en }: { zh: string; en: string }) {
  return zh === en ? html`${zh}` : html`${zh} <small>${en}</small>`
}

/** What is unknown is never shown as nothing. */
function toSpent({ costMicros, unpriced }: { costMicros: number; unpriced: number }): string {
  if (unpriced === 0) return toYuan(costMicros)
  return costMicros === 0 ? `${unpriced} 次价格未知` : `${toYuan(costMicros)} + ${unpriced} 次价格未知`
}

function toYuan(micros: number): string {
  const yuan = micros / MICROS
  return `¥${yuan.toFixed(yuan > 0 && yuan < 1 ? 4 : 2)}`
}

function toSeconds(ms: number): string {
  return ms < 60_000 ? `${(Math.max(0, ms) / 1000).toFixed(1)} 秒` : toAge(ms)
}
