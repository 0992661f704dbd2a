/**
 * A WeCom for development: the Customer Service API under /cgi-bin, real encrypted callbacks, a phone page at /, and a
 * control API under /control. It follows the documented rules and refuses what the platform refuses; what is unknown about
 * the platform is a switch. State lives in memory and ends with it.
 *
 * It listens on 127.0.0.1 only: whoever reaches the control API plays every customer.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { createAccessTokens } from './access-tokens.ts'
import { createApiApp } from './api/api-app.ts'
import { createCallLimits } from './call-limits.ts'
import { type CallbackSettings, createCallbackSender } from './callback-sender.ts'
import { createChance } from './chance.ts'
import { createClock } from './clock.ts'
import { createControlApp } from './control/control-app.ts'
import { createControls, type SimulatorControls } from './control/controls.ts'
import { createLiveChannel } from './control/live-channel.ts'
import { createPhoneApp } from './control/phone-app.ts'
import { createCorp, type NewAccount, type NewCustomer, type NewMember } from './corp.ts'
import { createFaultTable, type NewFaultRule } from './fault-table.ts'
import { createKnowledgeBase } from './knowledge-base.ts'
import { createMediaStore } from './media-store.ts'
import type { Platform } from './platform.ts'
import { createRecordBook } from './record-book.ts'
import { type SwitchChanges, switchesSchema } from './switches.ts'
import { createSyncTokens } from './sync-tokens.ts'
import { createTally } from './tally.ts'

export interface SimulatorOptions {
  corpId: string
  secret: string
  /** The console's callback settings. `url` may be set later by `setCallback`. */
  callback: { url?: string; token: string; aesKey: string }
  /** Default 0: a free one. */
  port?: number
  /** Default: one account named 示例客服. */
  accounts?: readonly NewAccount[]
  /** Default: none. */
  customers?: readonly NewCustomer[]
  /** Employees beside those who are servicers of an account. Default: none. */
  members?: readonly NewMember[]
  /** Unix ms, before what `moveClock` adds. Default `Date.now`. */
  clock?: () => number
  /** Of the dice for faults and mishaps. Default 1. */
  seed?: number
  faults?: readonly NewFaultRule[]
  switches?: SwitchChanges
  /** Shown as a banner on the phone page, e.g. that the answers come from a stand-in. */
  modelLabel?: string
}

export interface Simulator extends SimulatorControls {
  /** `http://127.0.0.1:port`, the phone page. */
  readonly url: string
  /** For WECHAT_API_BASE. */
  readonly apiBase: string
  close(): Promise<void>
}

/** Listens when it resolves. Rejects when the port is taken or the callback settings are wrong. */
export async function createSimulator(options: SimulatorOptions): Promise<Simulator> {
  const clock = createClock(options.clock)
  const switches = switchesSchema.parse(options.switches ?? {})
  const chance = createChance(options.seed ?? 1)
  const book = createRecordBook(clock.now)
  const corp = createCorp(options.corpId, clock.now)
  for (const account of options.accounts ?? [{ name: '示例客服' }]) corp.addAccount(account)
  for (const customer of options.customers ?? []) corp.addCustomer(customer)
  for (const member of options.members ?? []) corp.addMember(member)
  const faults = createFaultTable(chance)
  for (const rule of options.faults ?? []) faults.add(rule)

  const callbacks = createCallbackSender({ corpId: options.corpId, now: clock.now, switches, chance, book })
  const settings: CallbackSettings = { url: '', ...options.callback }
  const platform: Platform = {
    corp,
    clock,
    switches,
    chance,
    book,
    media: createMediaStore(clock.now),
    knowledge: createKnowledgeBase(),
    tally: createTally(clock.now),
    limits: createCallLimits(clock.now, switches),
    accessTokens: createAccessTokens({ corpId: options.corpId, secret: options.secret, now: clock.now, switches }),
    syncTokens: createSyncTokens(clock.now, switches),
    callbacks,
    cursorSecret: options.secret,
  }
  const calls = new Map<string, number>()
  const countCall = (endpoint: string) => calls.set(endpoint, (calls.get(endpoint) ?? 0) + 1)
  const controls = createControls({ platform, faults, calls, modelLabel: options.modelLabel ?? '' })
  await controls.setCallback(settings)

  const live = createLiveChannel(book)
  const app = new Hono<{ Bindings: HttpBindings }>()
  app.route('/cgi-bin', createApiApp(platform, faults, countCall))
  app.route('/control', createControlApp({ controls, live, media: platform.media }))
  app.get('/picture/:id', (c) => {
    const picture = platform.media.picture(c.req.param('id'))
    if (picture === undefined) return c.text('not found', 404)
    return new Response(picture.bytes, {
      headers: { 'content-type': picture.contentType, 'x-content-type-options': 'nosniff' },
    })
  })
  app.route('/', await createPhoneApp())

  const server = createAdaptorServer({ fetch: app.fetch })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  return {
    ...controls,
    url,
    apiBase: `${url}/cgi-bin`,
    close: async () => {
      callbacks.close()
      live.close()
      const closed = once(server, 'close')
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
      await closed
    },
  }
}
