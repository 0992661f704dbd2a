/**
 * The controls over HTTP: `POST /control/<name>` with a JSON object. Only JSON is taken, which no page of another origin can
 * send without being asked first, and being asked it gets no permission.
 */
import { Hono } from 'hono'
import { z } from 'zod'
import { AppError } from '../../../shared/app-error.ts'
import type { MediaStore } from '../media-store.ts'
import { toRefusal } from '../refuse.ts'
import type { SimulatorControls } from './controls.ts'
import type { LiveChannel } from './live-channel.ts'
import { voiceToWav } from './voice-to-wav.ts'

export interface ControlAppDeps {
  controls: SimulatorControls
  live: LiveChannel
  media: MediaStore
}

/** Shown in place. SVG and HTML are not among them: they would run. */
const SHOWN_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'video/mp4']

export function createControlApp({ controls, live, media }: ControlAppDeps) {
  const byName = new Map(Object.entries(controls) as [string, (input: never) => unknown][])
  const app = new Hono()

  app.get('/live', () => live.open())

  app.get('/media/:id', (c) => {
    const file = media.get(c.req.param('id'))
    if (file === undefined) return c.text('not found', 404)
    const isShown = SHOWN_TYPES.includes(file.contentType)
    return new Response(file.bytes, {
      headers: {
        'content-type': isShown ? file.contentType : 'application/octet-stream',
        'content-disposition': `${isShown ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(file.filename)}`,
        'x-content-type-options': 'nosniff',
      },
    })
  })

  app.get('/media/:id/sound', async (c) => {
    const file = media.get(c.req.param('id'))
    if (file === undefined) return c.text('not found', 404)
    try {
      return new Response(await voiceToWav(file.bytes), { headers: { 'content-type': 'audio/wav' } })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return c.json({ error: error.code }, error.code === 'simulator.no-decoder' ? 501 : 422)
    }
  })

  app.post('/:name', async (c) => {
    const run = byName.get(c.req.param('name'))
    if (run === undefined) return c.json({ error: 'no such control' }, 404)
    if (!/^application\/json\b/i.test(c.req.header('content-type') ?? '')) return c.json({ error: 'JSON only' }, 415)
    try {
      const text = await c.req.text()
      // Each control parses what it gets, so `never` is no promise about the input.
      return c.json((await run((text === '' ? undefined : JSON.parse(text)) as never)) as object)
    } catch (error) {
      if (error instanceof SyntaxError) return c.json({ error: 'not JSON' }, 400)
      if (error instanceof z.ZodError) return c.json({ error: z.prettifyError(error) }, 400)
      const refusal = toRefusal(error)
      if (refusal !== undefined) return c.json({ error: refusal.why, errcode: refusal.errcode }, 409)
      throw error
    }
  })
  return app
}
