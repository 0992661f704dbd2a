import type { FetchFailure } from '../fetch/fetch-result.ts'

const REASONS: Readonly<Record<FetchFailure['reason'], string>> = {
  forbidden: '出于安全考虑没有打开（不是公网网址）',
  unresolved: '网址不存在，打不开',
  unreachable: '网站连接不上',
  redirects: '网页跳转太多，没有打开',
  status: '网站没有给出内容',
  type: '不是网页或文档，没有读取',
  'too-large': '文件太大，没有读取',
  timeout: '网站响应太慢，没有读到',
}

const STATUSES: Readonly<Record<number, string>> = {
  401: '网页要登录才能看',
  403: '网站拒绝访问',
  404: '网页不存在',
  410: '网页已删除',
  429: '网站暂时限制访问',
}

export function describeFailure({ reason, status }: FetchFailure): string {
  return (status !== undefined ? STATUSES[status] : undefined) ?? REASONS[reason]
}
