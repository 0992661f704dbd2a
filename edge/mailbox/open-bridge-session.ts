/**
 * `GET /bridge`: lets a bridge through to the mailbox once it has proved itself. The proof is checked here, before the
 * object is touched, so that strangers cost no request to it; they all get the same bare 401.
 */
import { verifyHandshake } from '../../shared/bridge-handshake.ts'
import type { EdgeBindings, EdgeSettings } from '../env.ts'
import type { Logger } from '../logger.ts'
import { refuse } from '../refusal.ts'
import { callMailbox } from './call-mailbox.ts'

export interface OpenBridgeSessionDeps {
  env: Pick<EdgeBindings, 'MAILBOX'>
  settings: EdgeSettings
  log: Logger
  nowMs: number
}

/** Throws `bridge.not-an-upgrade`, `bridge.handshake-incomplete`, `-stale` or `-forged`, or `mailbox.unavailable`. */
export async function openBridgeSession(request: Request, { env, settings, log, nowMs }: OpenBridgeSessionDeps) {
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') throw refuse('bridge.not-an-upgrade')
  const { corpId, bridgeSecrets } = settings
  const verdict = await verifyHandshake(
    bridgeSecrets,
    corpId,
    { method: request.method, path: new URL(request.url).pathname, header: (name) => request.headers.get(name) },
    nowMs,
  )
  if (!verdict.ok) throw refuse(`bridge.handshake-${verdict.reason}`)
  if (verdict.secretIndex > 0) log.warn('bridge.previous-secret')
  return callMailbox(env, corpId, (mailbox) => mailbox.fetch(request))
}
