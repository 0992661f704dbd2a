/**
 * The console's check when the callback URL is saved: it wants the decrypted echostr back, bare, within a second.
 * Source: developer.work.weixin.qq.com/document/path/90930
 */
import { PROBE_PREFIX } from '../../shared/edge-status.ts'
import type { EdgeSettings } from '../env.ts'
import { refuse } from '../refusal.ts'
import { openCallback } from './open-callback.ts'
import { parseQuery } from './parse-query.ts'

export interface UrlCheck {
  response: Response
  /** It was the doctor who asked, not the console. */
  isProbe: boolean
}

/** Throws as `openCallback` does, and `callback.parameters-missing`. */
export async function checkUrl(request: Request, settings: EdgeSettings): Promise<UrlCheck> {
  const { echostr, ...query } = parseQuery(request.url)
  if (echostr === undefined) throw refuse('callback.parameters-missing')
  const message = await openCallback(settings, query, echostr)
  const response = new Response(message, {
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  })
  return { response, isProbe: message.startsWith(PROBE_PREFIX) }
}
