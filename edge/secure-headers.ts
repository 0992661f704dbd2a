/** What every answer of the Worker carries: it has no page, so a browser is told to do nothing with it. */
import type { MiddlewareHandler } from 'hono'

const HEADERS: Readonly<Record<string, string>> = {
  'strict-transport-security': 'max-age=31536000',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

export const secureHeaders: MiddlewareHandler = async (c, next) => {
  await next()
  // A WebSocket's answer is handed on as it is.
  if (c.res.status === 101) return
  // What comes from the cache can't be changed, its copy can.
  const response = new Response(c.res.body, c.res)
  for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value)
  if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store')
  c.res = undefined
  c.res = response
}
