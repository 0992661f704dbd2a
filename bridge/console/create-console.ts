/** The bridge's HTTP side: health for machines, a status page for people. Listens on loopback unless it has a password. */
import { timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { basicAuth } from 'hono/basic-auth'
import { HTTPException } from 'hono/http-exception'
import { secureHeaders } from 'hono/secure-headers'
import { AppError } from '../../shared/app-error.ts'
import type { Overview } from './create-overview.ts'
import type { Metrics } from './metrics.ts'
import { renderStatusPage, type Status } from './status-page.ts'

export interface ConsoleDeps {
  /** The state of every part that this process has. */
  status: () => Promise<Status>
  /** May reject while the database is away: the page then shows the parts alone. */
  overview: () => Promise<Overview>
  metrics: { text: Metrics['text']; contentType: string }
}

export interface ConsoleOptions {
  host: string
  /** 0 takes a free one. */
  port: number
  password: string | undefined
}

export interface RunningConsole {
  url: string
  close(): Promise<void>
}

/** The page has a style of its own, and nothing else: no script runs, also none that a row has brought along. */
const CONTENT_SECURITY_POLICY = {
  defaultSrc: ["'none'"],
  styleSrc: ["'unsafe-inline'"],
  imgSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
}

/** Rejects with `console.port-taken` when another program listens there. */
export async function startConsole(
  deps: ConsoleDeps,
  { host, port, password }: ConsoleOptions,
): Promise<RunningConsole> {
  const app = createConsoleApp(deps, password)
  const server = createServer(getRequestListener(app.fetch))
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE'
      const message = isTaken
        ? `port ${port} is taken: set PORT to another one`
        : `can not listen on ${host}:${port} (${error.code})`
      reject(
        new AppError(isTaken ? 'console.port-taken' : 'console.no-port', message, { retryable: false, cause: error }),
      )
    })
    server.listen(port, host, resolve)
  })
  const address = server.address()
  const actualPort = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export function createConsoleApp({ status, overview, metrics }: ConsoleDeps, password: string | undefined): Hono {
  const app = new Hono()
  app.use(secureHeaders({ contentSecurityPolicy: CONTENT_SECURITY_POLICY, xFrameOptions: 'DENY' }))
  app.get('/healthz', (c) => c.json({ ok: true }))
  // Every browser asks for it, and shows what it does not get as a fault.
  app.get('/favicon.ico', (c) => c.body(null, 204))
  app.get('/readyz', async (c) => {
    const { ready, parts } = await status()
    return c.json({ ready, parts }, ready ? 200 : 503)
  })
  if (password === undefined) {
    // Without a password the page is for this machine alone: a foreign page whose name points here is turned away.
    app.use(async (c, next) => {
      if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(c.req.header('host') ?? '')) return c.text('', 403)
      return next()
    })
  } else {
    app.use(basicAuth({ verifyUser: (_user, given) => isEqual(given, password), realm: 'kefu-edge' }))
  }
  app.get('/metrics', async (c) => c.text(await metrics.text(), 200, { 'content-type': metrics.contentType }))
  app.get('/', async (c) => {
    const state = await status()
    const known = state.parts.every(({ name, up }) => name !== 'database' || up)
    return c.html(renderStatusPage(state, known ? await overview().catch(() => undefined) : undefined))
  })
  app.notFound((c) => c.text('', 404))
  app.onError((error, c) => (error instanceof HTTPException ? error.getResponse() : c.text('', 500)))
  return app
}

function isEqual(given: string, expected: string): boolean {
  const a = Buffer.from(given)
  const b = Buffer.from(expected)
  return a.length === b.length && timingSafeEqual(a, b)
}
