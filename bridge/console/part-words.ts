/** What the parts are called in Chinese, and why one is down, from what the part says in English, which logs and `/readyz` show as it is. */

const WHY: readonly (readonly [pattern: RegExp, zh: string])[] = [
  [/^the edge cannot be reached/, '连不上边缘（Worker）：检查 EDGE_URL 与本机网络'],
  [/^another bridge on this database/, '同一数据库的另一个 bridge 接管了连接'],
  [
    /^the mailbox belongs to a bridge on another database/,
    '信箱属于另一个数据库的 bridge；要由这里回答：npm run kefu -- relay take-over',
  ],
  [/^the edge refused this bridge/, '边缘拒绝了这个 bridge：两边的 BRIDGE_TOKEN、WECHAT_CORP_ID 要一致，本机时钟要准'],
  [/^the edge has seen a newer connection/, '边缘上已有更新的连接'],
  [/^the edge is not ready/, '边缘暂时未就绪，会自动重连'],
  [/^EDGE_URL does not lead/, 'EDGE_URL 指向的不是 Worker'],
  [/^the database did not take the mail/, '数据库没有收下来信'],
  [/^the connection was closed/, '连接断开，会自动重连'],
  [/^connecting to /, '正在连接 RabbitMQ'],
  [/is out of memory or disk/, 'RabbitMQ 内存或磁盘不足，不再接收'],
  [/refused the user/, 'RabbitMQ 拒绝了用户名或密码：检查 RABBITMQ_USERNAME 与 RABBITMQ_PASSWORD'],
  [/has no virtual host/, 'RabbitMQ 没有这个虚拟主机，或没有权限：检查 RABBITMQ_VHOST'],
  [/refuses connections/, 'RabbitMQ 没有在监听：检查它是否在运行，RABBITMQ_HOST 与 RABBITMQ_PORT 是否正确'],
  [/cannot be found by name/, '找不到这个主机名：检查 RABBITMQ_HOST'],
]

const OTHERWISE: Readonly<Record<string, string>> = {
  database: '数据库连不上，或不能写：检查数据库与磁盘；恢复后自动续上',
  bus: '连不上 RabbitMQ，会自动重连',
  relay: '没有连上边缘，会自动重连',
  token: '平台拒绝了凭据',
}

const NAMES: Readonly<Record<string, string>> = {
  database: '数据库',
  bus: '消息总线',
  relay: '边缘连接',
  token: '平台凭证',
}

export function toPartName(name: string): string {
  return NAMES[name] ?? name
}

export function toPartReason(name: string, reason: string): string {
  return WHY.find(([pattern]) => pattern.test(reason))?.[1] ?? OTHERWISE[name] ?? ''
}
