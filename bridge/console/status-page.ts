/** One page that says whether the bridge works, and if not, why. Chinese first, English beside it. */
import { html } from 'hono/html'
import type { OpenAlert } from './alerts/list-open-alerts.ts'

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

const PART_NAMES: Readonly<Record<string, string>> = {
  database: '数据库',
  bus: '消息总线',
  relay: '边缘连接',
  token: '平台凭证',
}
const STAGE_NAMES: Readonly<Record<string, string>> = { fetch: '拉取', parse: '解析', reply: '回答', send: '发送' }

export function renderStatusPage(status: Status) {
  return html`<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5">
<title>kefu-edge</title>
<style>
  body { font: 16px/1.6 system-ui, "Noto Sans CJK SC", sans-serif; margin: 0 auto; max-width: 44rem; padding: 1.5rem; color: #1a1a1a; background: #fff }
  h1 { font-size: 1.3rem; margin: 0 0 1rem }
  table { border-collapse: collapse; width: 100%; margin: 0 0 1.5rem }
  th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #ddd; overflow-wrap: anywhere }
  .up { color: #0a6b2d } .down { color: #b00020; font-weight: 600 } small { color: #595959 }
  @media (prefers-color-scheme: dark) { body { background: #141414; color: #eee } th, td { border-color: #333 } .up { color: #5fd38a } .down { color: #ff8a94 } small { color: #aaa } }
</style>
</head>
<body>
<h1>kefu-edge <small>${status.version}</small> <span class="${status.ready ? 'up' : 'down'}">${status.ready ? '运行正常 · ready' : '未就绪 · not ready'}</span></h1>
${
  status.alerts.length === 0
    ? ''
    : html`<table>
  <tr><th>告警 <small>alert</small></th><th>怎么办 <small>what to do</small></th></tr>
  ${status.alerts.map(
    ({ title, detail, todo }) =>
      html`<tr><td class="down">${title.zh} <small>${title.en}</small><br><small>${detail.zh}</small></td><td>${todo.zh}<br><small>${todo.en}</small></td></tr>`,
  )}
</table>`
}
<table>
  <tr><th>部件 <small>part</small></th><th>状态 <small>state</small></th></tr>
  ${status.parts.map(
    (part) =>
      html`<tr><td>${PART_NAMES[part.name] ?? part.name} <small>${part.name}</small></td><td class="${part.up ? 'up' : 'down'}">${part.up ? '正常 · up' : `中断 · down: ${part.reason ?? ''}`}</td></tr>`,
  )}
</table>
<table>
  <tr><th>阶段 <small>stage</small></th><th>待处理 <small>due</small></th><th>最久等待 <small>oldest</small></th></tr>
  ${status.backlog.map(
    (row) =>
      html`<tr><td>${STAGE_NAMES[row.stage] ?? row.stage} <small>${row.stage}</small></td><td>${row.count}</td><td>${row.oldestSeconds} s</td></tr>`,
  )}
</table>
<p>搁置待人工处理 <small>parked</small>: <strong class="${status.parked === 0 ? 'up' : 'down'}">${status.parked}</strong></p>
<p><small>角色 roles: ${status.roles.join(', ')} · 承担的单一任务 jobs: ${status.jobs.join(', ') || '—'}</small></p>
</body>
</html>`
}
