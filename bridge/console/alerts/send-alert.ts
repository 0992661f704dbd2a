/**
 * Tells a webhook of one alert: a group robot of WeCom, or any address that takes JSON. Rejects with `alert.undelivered` when it was not taken;
 * the address is a secret and is in no message.
 * Source: https://developer.work.weixin.qq.com/document/path/91770
 */
import { z } from 'zod'
import { AppError } from '../../../shared/app-error.ts'
import type { Alert } from './alert.ts'

export interface Webhook {
  url: string
  kind: 'wecom' | 'json'
}

export interface AlertNotice {
  event: 'opened' | 'closed'
  alert: Alert
  openedAt: number
  /** 0 while it is open. */
  closedAt: number
}

export interface SendAlertDeps {
  webhook: Webhook
  fetch: typeof fetch
  deadlineMs: number
}

/** A robot takes 2048 bytes of text. */
const MAX_BYTES = 2000
const answerSchema = z.object({ errcode: z.number() })

export function createSendAlert({ webhook, fetch, deadlineMs }: SendAlertDeps) {
  return async (notice: AlertNotice): Promise<void> => {
    let response: Response
    let text: string
    try {
      response = await fetch(webhook.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(webhook.kind === 'wecom' ? toRobotMessage(notice) : toJson(notice)),
        redirect: 'error',
        signal: AbortSignal.timeout(deadlineMs),
      })
      text = await response.text()
    } catch {
      // What it says may quote the address.
      throw undelivered('no answer')
    }
    if (!response.ok) throw undelivered(`status ${response.status}`)
    if (webhook.kind === 'wecom') {
      const errcode = parseErrcode(text)
      if (errcode !== 0) throw undelivered(`errcode ${errcode ?? 'missing'}`)
    }
  }
}

function toRobotMessage({ event, alert, openedAt, closedAt }: AlertNotice): object {
  const { title, detail, todo } = alert
  const lines =
    event === 'opened'
      ? [
          `【kefu-edge 告警】${title.zh}`,
          detail.zh,
          `怎么办：${todo.zh}`,
          '',
          `${title.en}. ${detail.en}`,
          `What to do: ${todo.en}`,
        ]
      : [
          `【kefu-edge 已恢复】${title.zh}`,
          `持续 ${toMinutes(closedAt - openedAt)} 分钟`,
          '',
          `Over: ${title.en} (${toMinutes(closedAt - openedAt)} min)`,
        ]
  return { msgtype: 'text', text: { content: cutToBytes(lines.join('\n'), MAX_BYTES) } }
}

function toJson({ event, alert, openedAt, closedAt }: AlertNotice): object {
  const { key, severity, title, detail, todo } = alert
  const times = { openedAt: toIso(openedAt), ...(closedAt === 0 ? {} : { closedAt: toIso(closedAt) }) }
  return { source: 'kefu-edge', event, key, severity, title, detail, todo, ...times }
}

const toIso = (at: number): string => new Date(at).toISOString()
const toMinutes = (ms: number): number => Math.max(1, Math.round(ms / 60_000))

function cutToBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text)
  return bytes.length <= maxBytes
    ? text
    : bytes
        .subarray(0, maxBytes)
        .toString()
        .replace(/\uFFFD+$/, '')
}

function parseErrcode(text: string): number | undefined {
  try {
    return answerSchema.parse(JSON.parse(text)).errcode
  } catch {
    return undefined
  }
}

function undelivered(reason: string): AppError {
  return new AppError('alert.undelivered', `the alert's webhook did not take it: ${reason}`, { retryable: true })
}
