/** The phone page's files, read once, under a policy that lets nothing else run or load. */
import { readdir, readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Hono } from 'hono'

const FOLDER = new URL('../phone/', import.meta.url)
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

export async function createPhoneApp() {
  const app = new Hono()
  for (const name of await readdir(fileURLToPath(FOLDER), { recursive: true })) {
    const type = TYPES[extname(name)]
    if (type === undefined) continue
    const path = name.replaceAll('\\', '/')
    const text = await readFile(new URL(path, FOLDER), 'utf8')
    app.get(path === 'index.html' ? '/' : `/${path}`, () => {
      return new Response(text, { headers: { ...HEADERS, 'content-type': type } })
    })
  }
  app.get('/favicon.ico', () => new Response(null, { status: 204 }))
  return app
}
