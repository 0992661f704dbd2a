/** The phone page's three files, read once, under a policy that lets nothing else run or load. */
import { readFile } from 'node:fs/promises'
import { Hono } from 'hono'

const FOLDER = new URL('../phone/', import.meta.url)
const FILES = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/phone.css', file: 'phone.css', type: 'text/css; charset=utf-8' },
  { path: '/phone.js', file: 'phone.js', type: 'text/javascript; charset=utf-8' },
] as const

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

export async function createPhoneApp() {
  const app = new Hono()
  for (const { path, file, type } of FILES) {
    const text = await readFile(new URL(file, FOLDER), 'utf8')
    app.get(path, () => new Response(text, { headers: { ...HEADERS, 'content-type': type } }))
  }
  app.get('/favicon.ico', () => new Response(null, { status: 204 }))
  return app
}
