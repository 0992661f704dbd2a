/**
 * As much of Cloudflare's API as `wrangler deploy` asks for a new Worker under a custom domain. It keeps what was sent, and refuses another
 * token as the real one does. Source: https://developers.cloudflare.com/api/resources/workers/
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SentRequest {
  method: string
  /** After the account, without its query. */
  path: string
  /** Parsed where it is JSON. */
  body: unknown
}

export interface Binding {
  name: string
  type: string
  text?: string
}

export interface StandInCloudflare {
  /** For wrangler's environment. */
  readonly env: Readonly<Record<string, string>>
  readonly requests: readonly SentRequest[]
  /** What was bound to the Worker that was uploaded. */
  bindings(): Binding[]
  close(): Promise<void>
}

const TOKEN = 'stand-in-token-of-cloudflare'
const PREFIX = '/client/v4/accounts/account-1'

const ANSWERS: readonly { path: RegExp; result: unknown }[] = [
  { path: /\/domains\/changeset$/, result: { added: [], removed: [], updated: [], conflicting: [] } },
  { path: /\/domains\/records$/, result: [] },
  { path: /\/subdomain$/, result: { enabled: false, previews_enabled: false } },
  { path: /\/workers\/workers\/[\w-]+$/, result: { id: '1', subdomain: { enabled: false, previews_enabled: false } } },
  { path: /\/deployments$/, result: { deployments: [] } },
  { path: /\/secrets$/, result: [] },
]

export async function startStandInCloudflare(): Promise<StandInCloudflare> {
  const requests: SentRequest[] = []
  let bindings: Binding[] = []
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://cloudflare')
    const path = pathname.replace(PREFIX, '')
    const text = await readBody(request)
    requests.push({ method: request.method ?? '', path, body: parseJson(text) })
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return refuse(response, 403, 9109, 'Invalid access token')
    // A Worker that is not there yet.
    if (/\/services\/[\w-]+$/.test(path))
      return refuse(response, 404, 10090, 'This Worker does not exist on your account.')
    const metadata = /name="metadata"[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/.exec(text)?.[1]
    if (metadata !== undefined) {
      bindings = (JSON.parse(metadata) as { bindings: Binding[] }).bindings
      return answer(response, {
        id: 'kefu-edge',
        etag: 'e',
        deployment_id: 'd',
        startup_time_ms: 1,
        entry_point: 'worker.js',
      })
    }
    answer(response, ANSWERS.find((one) => one.path.test(path))?.result ?? {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    env: {
      CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/client/v4`,
      CLOUDFLARE_API_TOKEN: TOKEN,
      CLOUDFLARE_ACCOUNT_ID: 'account-1',
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    },
    requests,
    bindings: () => bindings,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function answer(response: ServerResponse, result: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ success: true, errors: [], messages: [], result }))
}

function refuse(response: ServerResponse, status: number, code: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ success: false, errors: [{ code, message }], messages: [], result: null }))
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
