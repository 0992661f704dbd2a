/** The whole Worker with a mailbox of its own, so that tests in one file do not meet: they share the runtime's storage. */

import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { createApp } from '../../../../edge/app.ts'
import type { EdgeBindings } from '../../../../edge/env.ts'
import type { LogFields } from '../../../../edge/logger.ts'

export interface LogLine {
  level: 'info' | 'warn' | 'error'
  name: string
  fields: LogFields
}

export interface EdgeUnderTest {
  corpId: string
  bindings: EdgeBindings
  /** What the Worker logged; the mailbox writes to the console. */
  logged: LogLine[]
  fetch(path: string, init?: RequestInit): Promise<Response>
  mailbox: DurableObjectStub<import('../../../../edge/mailbox/mailbox.ts').Mailbox>
}

let count = 0

export function createEdge(settings: Partial<EdgeBindings> = {}, now?: () => number): EdgeUnderTest {
  count += 1
  const bindings: EdgeBindings = { ...env, WECHAT_CORP_ID: `corp${count}`, ...settings }
  const logged: LogLine[] = []
  const write =
    (level: LogLine['level']) =>
    (name: string, fields: LogFields = {}) =>
      void logged.push({ level, name, fields })
  const app = createApp({
    log: { info: write('info'), warn: write('warn'), error: write('error') },
    ...(now === undefined ? {} : { now }),
  })
  return {
    corpId: bindings.WECHAT_CORP_ID,
    bindings,
    logged,
    mailbox: env.MAILBOX.getByName(bindings.WECHAT_CORP_ID),
    async fetch(path, init) {
      const context = createExecutionContext()
      const response = await app.fetch(new Request(`https://edge-${count}.example${path}`, init), bindings, context)
      await waitOnExecutionContext(context)
      return response
    },
  }
}
