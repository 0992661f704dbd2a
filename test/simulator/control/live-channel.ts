/** Server-sent events: every record as it happens. Costs nothing while nobody looks. */
import type { RecordBook, SimulatorRecord } from '../record-book.ts'

const HEARTBEAT_MS = 15_000
/** A page that reads slower than this is cut off; it connects again and asks for the whole. */
const MAX_WAITING_CHUNKS = 2000

export interface LiveChannel {
  open(): Response
  close(): void
}

export function createLiveChannel(book: RecordBook): LiveChannel {
  const ends = new Set<() => void>()
  return {
    open: () => {
      const encoder = new TextEncoder()
      let end = () => {}
      const body = new ReadableStream<Uint8Array>(
        {
          start: (controller) => {
            const send = (text: string) => {
              if ((controller.desiredSize ?? 0) <= 0) return end()
              controller.enqueue(encoder.encode(text))
            }
            const unsubscribe = book.subscribe((record: SimulatorRecord) => send(`data: ${JSON.stringify(record)}\n\n`))
            const heartbeat = setInterval(() => send(': heartbeat\n\n'), HEARTBEAT_MS)
            end = () => {
              if (!ends.delete(end)) return
              unsubscribe()
              clearInterval(heartbeat)
              controller.close()
            }
            ends.add(end)
            controller.enqueue(encoder.encode('retry: 1000\n\n'))
          },
          cancel: () => {
            // The stream is closed already, so only the subscription is left to end.
            try {
              end()
            } catch {}
          },
        },
        { highWaterMark: MAX_WAITING_CHUNKS },
      )
      return new Response(body, {
        headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
      })
    },
    close: () => {
      for (const end of [...ends]) end()
    },
  }
}
