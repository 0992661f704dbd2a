/**
 * `GET /status`: the edge's own story, for whoever proves to hold BRIDGE_TOKEN by the handshake of bridge-handshake.ts, signed
 * for this path. The proof is checked before the mailbox is touched. A handshake that is repeated within its minute reads the
 * same status again and changes nothing.
 */
import packageJson from '../package.json' with { type: 'json' }
import { verifyHandshake } from '../shared/bridge-handshake.ts'
import type { EdgeStatus } from '../shared/edge-status.ts'
import type { EdgeSettings } from './env.ts'
import type { MailboxReport } from './mailbox/mailbox.ts'
import { refuse } from './refusal.ts'

export interface ReportStatusDeps {
  settings: EdgeSettings
  ask: () => Promise<MailboxReport>
  nowMs: number
}

/** Throws `bridge.handshake-incomplete`, `-stale` or `-forged`, or `mailbox.unavailable`. */
export async function reportStatus(request: Request, { settings, ask, nowMs }: ReportStatusDeps): Promise<Response> {
  const verdict = await verifyHandshake(
    settings.bridgeSecrets,
    settings.corpId,
    { method: request.method, path: new URL(request.url).pathname, header: (name) => request.headers.get(name) },
    nowMs,
  )
  if (!verdict.ok) throw refuse(`bridge.handshake-${verdict.reason}`)
  const status: EdgeStatus = {
    version: packageJson.version,
    isCurrentSecret: verdict.secretIndex === 0,
    ...(await ask()),
  }
  return Response.json(status, { headers: { 'cache-control': 'no-store' } })
}
