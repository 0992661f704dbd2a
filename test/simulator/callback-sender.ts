/**
 * Calls the program under test back as the platform does: encrypted, signed, at most three tries of five seconds, and
 * without any promise that it arrives once, in order, or at all.
 * Sources: developer.work.weixin.qq.com/document/path/90930, path/90238, path/90968
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type CallbackKey, encryptCallback, importCallbackKey } from '../../shared/callback-cipher.ts'
import { signCallback } from '../../shared/callback-signature.ts'
import { createCallbackPoster } from './callback-post.ts'
import type { Chance } from './chance.ts'
import type { CallbackRecord, RecordBook } from './record-book.ts'
import type { Switches } from './switches.ts'

export interface CallbackSettings {
  /** '' while it is not known: nothing is posted. */
  url: string
  /** The console's Token. */
  token: string
  /** EncodingAESKey, 43 characters. */
  aesKey: string
}

/** What stood in ToUserName of the first pages of the native mode. */
const COMPONENT_ID = 'gh_simulatorkf'

export interface UrlCheck {
  ok: boolean
  status: number
  ms: number
  /** '' when ok, else what was wrong, in Chinese. */
  reason: string
}

/** An event in the order of its nodes; a list becomes one node per entry. */
export type CallbackFields = Readonly<Record<string, string | number | readonly string[]>>

export interface CallbackSender {
  /** `kf_msg_or_event` for an account. Comes back at once; the tries go on. */
  nudge(openKfId: string, token: string): void
  /** Any other event, e.g. `kf_account_auth_change`. */
  send(openKfId: string, fields: CallbackFields): void
  /** The console's check of the address. Never throws. */
  checkUrl(): Promise<UrlCheck>
  setSettings(settings: CallbackSettings): Promise<void>
  settings(): CallbackSettings
  /** Settles when no callback is under way, those that wait for their next try included. */
  settled(): Promise<void>
  close(): void
}

export interface CallbackSenderDeps {
  corpId: string
  now: () => number
  switches: Switches
  chance: Chance
  book: RecordBook
}

export function createCallbackSender({ corpId, now, switches, chance, book }: CallbackSenderDeps): CallbackSender {
  const poster = createCallbackPoster()
  const stopping = new AbortController()
  const underWay = new Set<Promise<void>>()
  let settings: CallbackSettings = { url: '', token: '', aesKey: '' }
  let key: CallbackKey | undefined
  let count = 0

  const seal = async (message: string) => {
    if (key === undefined) throw new TypeError('callback settings are not set')
    const ciphertext = await encryptCallback(key, message, corpId)
    const timestamp = String(Math.floor(now() / 1000))
    const nonce = String(Math.floor(Math.random() * 1e10))
    const signature = await signCallback({ token: settings.token, timestamp, nonce, ciphertext })
    const url = new URL(settings.url)
    url.searchParams.set('msg_signature', signature)
    url.searchParams.set('timestamp', timestamp)
    url.searchParams.set('nonce', nonce)
    return { url, ciphertext }
  }

  const record = (
    callback: number,
    openKfId: string,
    rest: Partial<CallbackRecord> & Pick<CallbackRecord, 'outcome'>,
  ) =>
    book.add({
      kind: 'callback',
      callback,
      openKfId,
      attempt: 0,
      status: 0,
      error: '',
      ms: 0,
      willRetry: false,
      ...rest,
    })

  const post = async (callback: number, openKfId: string, message: string) => {
    let sealed = await seal(message)
    for (let attempt = 1; ; attempt += 1) {
      if (attempt > 1 && switches.callbackRepeatIsSignedAnew) sealed = await seal(message)
      const { url, ciphertext } = sealed
      const { body, contentType } = toEnvelope(ciphertext, corpId, switches)
      const { outcome, status, error, ms } = await poster.request({
        method: 'POST',
        url,
        body,
        contentType,
        budgetMs: switches.callbackBudgetMs,
      })
      const isAccepted = outcome === 'answered' && status === 200
      const isRefused = outcome === 'answered' && !isAccepted
      const gapMs = switches.callbackGapsMs[attempt - 1]
      const willRetry = !isAccepted && !(isRefused && !switches.callbackRetriesOnStatus) && gapMs !== undefined
      record(callback, openKfId, {
        attempt,
        outcome: isAccepted ? 'accepted' : outcome === 'answered' ? 'refused' : outcome,
        status,
        error,
        ms,
        willRetry,
      })
      if (!willRetry) return
      await sleep(gapMs, undefined, { signal: stopping.signal })
    }
  }

  const dispatch = async (openKfId: string, fields: CallbackFields) => {
    count += 1
    const callback = count
    if (settings.url === '' || key === undefined) return void record(callback, openKfId, { outcome: 'not-configured' })
    if (chance.hits(switches.lostCallbackChance)) return void record(callback, openKfId, { outcome: 'lost' })
    const isTwice = chance.hits(switches.duplicateCallbackChance)
    const message = toMessage(fields, switches.callbackEnvelope)
    if (chance.hits(switches.lateCallbackChance)) {
      await sleep(chance.next() * switches.lateCallbackMs, undefined, { signal: stopping.signal })
    }
    await Promise.all(Array.from({ length: isTwice ? 2 : 1 }, () => post(callback, openKfId, message)))
  }

  /** Nudges that wait for others to share their callback, by account. */
  const folding = new Map<string, { fields: CallbackFields }>()
  const startFolded = (openKfId: string, fields: CallbackFields) => {
    const waiting = folding.get(openKfId)
    if (waiting !== undefined) {
      waiting.fields = fields
      return
    }
    const entry = { fields }
    folding.set(openKfId, entry)
    run(async () => {
      await sleep(switches.callbackFoldMs, undefined, { signal: stopping.signal })
      folding.delete(openKfId)
      await dispatch(openKfId, entry.fields)
    })
  }

  const run = (work: () => Promise<void>) => {
    const task = work()
      .catch((error: unknown) => {
        if (stopping.signal.aborted) return
        throw error
      })
      .finally(() => underWay.delete(task))
    underWay.add(task)
  }

  const start = (openKfId: string, fields: CallbackFields) => {
    if (fields.Event === 'kf_msg_or_event' && switches.callbackFoldMs > 0) return startFolded(openKfId, fields)
    run(() => dispatch(openKfId, fields))
  }

  return {
    nudge: (openKfId, token) =>
      start(openKfId, {
        ToUserName: switches.callbackToUser === 'corp' ? corpId : COMPONENT_ID,
        CreateTime: Math.floor(now() / 1000),
        MsgType: 'event',
        Event: 'kf_msg_or_event',
        Token: token,
        ...(switches.callbackOmitsOpenKfId ? {} : { OpenKfId: openKfId }),
      }),
    send: start,
    checkUrl: async () => {
      if (settings.url === '' || key === undefined) return { ok: false, status: 0, ms: 0, reason: '还没有设置回调地址' }
      const message = String(BigInt(Math.floor(Math.random() * 2 ** 53)) * 977n)
      const { url, ciphertext } = await seal(message)
      url.searchParams.set('echostr', ciphertext)
      const answer = await poster.request({ method: 'GET', url, budgetMs: switches.verifyBudgetMs })
      const { status, ms } = answer
      if (answer.outcome === 'timeout')
        return { ok: false, status, ms, reason: `${switches.verifyBudgetMs} 毫秒内没有应答` }
      if (answer.outcome === 'unreachable') return { ok: false, status, ms, reason: `连接不上（${answer.error}）` }
      if (status !== 200) return { ok: false, status, ms, reason: `应答状态是 ${status}，应为 200` }
      // The body must be the bare text: no quotes, no byte order mark, no line feed.
      if (answer.body !== message) return { ok: false, status, ms, reason: '应答内容不是解密后的明文' }
      return { ok: true, status, ms, reason: '' }
    },
    setSettings: async (next) => {
      key = next.aesKey === '' ? undefined : await importCallbackKey(next.aesKey)
      settings = next
    },
    settings: () => settings,
    settled: async () => {
      while (underWay.size > 0) await Promise.all(underWay)
    },
    close: () => {
      stopping.abort()
      poster.close()
    },
  }
}

function toMessage(fields: CallbackFields, envelope: Switches['callbackEnvelope']): string {
  if (envelope !== 'xml') return JSON.stringify(fields)
  const nodes = Object.entries(fields).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => toNode(name, one)),
  )
  return `<xml>${nodes.join('')}</xml>`
}

function toEnvelope(ciphertext: string, corpId: string, switches: Switches) {
  const { callbackEnvelope: envelope, callbackAgentId: agentId } = switches
  if (envelope !== 'xml') {
    const isLower = envelope === 'json'
    const [to, encrypt, agent] = isLower ? ['tousername', 'encrypt', 'agentid'] : ['ToUserName', 'Encrypt', 'AgentID']
    const fields = { [to]: corpId, [encrypt]: ciphertext, ...(agentId === null ? {} : { [agent]: agentId }) }
    return { body: JSON.stringify(fields), contentType: 'application/json' }
  }
  const nodes = [toNode('ToUserName', corpId), toNode('Encrypt', ciphertext)]
  if (agentId !== null) nodes.push(toNode('AgentID', agentId))
  return { body: `<xml>${nodes.join('')}</xml>`, contentType: 'text/xml' }
}

function toNode(name: string, value: string | number): string {
  if (typeof value === 'number') return `<${name}>${value}</${name}>`
  return `<${name}><![CDATA[${value.replaceAll(']]>', ']]]]><![CDATA[>')}]]></${name}>`
}
