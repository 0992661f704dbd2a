/**
 * Traces of whole turns, from the customer's message to the last part that was sent, by OpenTelemetry over HTTP. They are made from the
 * rows when an answer is settled, by one process: so they cost the stages nothing, and hold together whichever processes
 * did the work. Ids are derived from the answer's, so what is exported twice is one trace. No words, and of customers a hash alone.
 * Source: https://opentelemetry.io/docs/specs/otlp/
 */
import { createHash } from 'node:crypto'
import { ROOT_CONTEXT, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace'
import { AppError } from '../../shared/app-error.ts'
import type { Logger } from '../logger.ts'
import type { StoryMessage, StoryPart, StoryReply, StoryStore } from '../store/story-store.ts'

export interface TraceExportDeps {
  stories: Pick<StoryStore, 'settledReplies' | 'oldestUnsettled' | 'partsOf' | 'messagesOf'>
  /** Where the last run has got to; survives restarts. */
  place: { get: () => Promise<string | undefined>; set: (place: string) => Promise<void> }
  endpoint: string
  headers: Readonly<Record<string, string>>
  version: string
  now: () => number
  log: Logger
}

const BATCH = 100
const DEADLINE_MS = 10_000
/** What has not been settled by then is told as it is. */
const PATIENCE_MS = 60_000
/** A collector that is away for longer gets no more of that time. */
const KEEP_MS = 3_600_000

export function createTraceExport({ stories, place, endpoint, headers, version, now, log }: TraceExportDeps) {
  const ids = { trace: '', spans: 0 }
  const ended: ReadableSpan[] = []
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'kefu-edge', 'service.version': version }),
    idGenerator: {
      generateTraceId: () => ids.trace,
      generateSpanId: () => {
        ids.spans += 1
        return toHash(`${ids.trace}/${ids.spans}`).slice(0, 16)
      },
    },
    spanProcessors: [
      {
        onStart: () => undefined,
        onEnd: (span) => void ended.push(span),
        forceFlush: async () => undefined,
        shutdown: async () => undefined,
      },
    ],
  })
  const tracer = provider.getTracer('kefu-edge', version)
  const url = new URL(`${endpoint.replace(/\/$/, '')}/v1/traces`).href
  const exporter = new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: DEADLINE_MS })

  const send = (spans: ReadableSpan[]): Promise<void> =>
    new Promise((resolve, reject) => {
      exporter.export(spans, (result) => {
        if (result.code === 0) return resolve()
        reject(new AppError('tracing.undelivered', 'the collector did not take the traces', { retryable: true }))
      })
    })

  let wasTaken = true
  return {
    async run(): Promise<void> {
      const after = parsePlace(await place.get()) ?? { at: now(), id: '' }
      if (after.at < now() - KEEP_MS) after.at = now() - KEEP_MS
      const unsettled = await stories.oldestUnsettled(after)
      const until = Math.min(now() - 1, Math.max(unsettled === undefined ? now() : unsettled - 1, now() - PATIENCE_MS))
      const replies = await stories.settledReplies(after, until, BATCH)
      for (const reply of replies) {
        ids.trace = toHash(reply.id).slice(0, 32)
        ids.spans = 0
        const [messages, parts] = [await stories.messagesOf(reply), await stories.partsOf(reply.id)]
        traceTurn(tracer, reply, messages, parts)
      }
      const spans = ended.splice(0)
      try {
        if (spans.length > 0) await send(spans)
        if (!wasTaken) log.info('tracing.delivered')
        wasTaken = true
      } catch (error) {
        if (wasTaken) log.warn('tracing.undelivered', { error })
        wasTaken = false
        return
      }
      const last = replies.at(-1)
      const next = last === undefined ? after : { at: last.createdAt, id: last.id }
      await place.set(JSON.stringify(next))
    },
    stop: () => exporter.shutdown(),
  }
}

function traceTurn(
  tracer: Tracer,
  reply: StoryReply,
  messages: readonly StoryMessage[],
  parts: readonly StoryPart[],
): void {
  const answerAt = reply.createdAt - reply.latencyMs
  const begin = Math.min(answerAt, ...messages.map(({ sendTime, receivedAt }) => Math.min(sendTime, receivedAt)))
  const end = Math.max(reply.createdAt, ...parts.map(({ sentAt }) => sentAt))
  const root = tracer.startSpan(
    'turn',
    {
      startTime: begin,
      attributes: {
        'kefu.conversation': toHash(reply.conv).slice(0, 16),
        'kefu.account': reply.conv.slice(0, reply.conv.indexOf(':')),
        'kefu.messages': messages.map(({ msgid }) => msgid),
        'kefu.reply': reply.id,
      },
    },
    ROOT_CONTEXT,
  )
  const context = trace.setSpan(ROOT_CONTEXT, root)
  const add = (
    name: string,
    from: number,
    to: number,
    attributes: Record<string, string | number>,
    fault?: string,
  ): void => {
    const span = tracer.startSpan(name, { startTime: Math.min(from, to), attributes }, context)
    if (fault !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: fault })
    span.end(to)
  }
  for (const { msgid, type, sendTime, receivedAt, parsedAt } of messages) {
    add('callback and pull', sendTime, receivedAt, { 'kefu.msgid': msgid, 'kefu.type': type })
    if (parsedAt > 0) add('parse', receivedAt, parsedAt, { 'kefu.msgid': msgid, 'kefu.type': type })
  }
  const known = Math.max(begin, ...messages.map(({ receivedAt }) => receivedAt))
  if (answerAt > known) add('wait', known, answerAt, {})
  add('answer', answerAt, reply.createdAt, {
    'kefu.answerer': reply.answerer,
    'gen_ai.request.model': reply.model,
    'gen_ai.usage.input_tokens': reply.inputTokens,
    'gen_ai.usage.output_tokens': reply.outputTokens,
  })
  for (const { msgid, no, kind, state, attempts, err, createdAt, sentAt } of parts) {
    const attributes = { 'kefu.msgid': msgid, 'kefu.part': no, 'kefu.kind': kind, 'kefu.attempts': attempts }
    const isSent = state === 'sent'
    add('send', createdAt, isSent ? sentAt : end, attributes, isSent ? undefined : `${state} ${err}`.trim())
  }
  root.end(end)
}

function parsePlace(text: string | undefined): { at: number; id: string } | undefined {
  // Written by this program.
  return text === undefined ? undefined : (JSON.parse(text) as { at: number; id: string })
}

function toHash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
