import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Endpoint } from '../../wecom/endpoint.ts'
import type { Call, Command } from '../command.ts'
import { printable } from '../printable.ts'
import { textOption } from '../require-option.ts'
import { usageError } from '../usage-error.ts'

/** The token is the client's alone, and a message takes its place in the customer's quota: `send` does that. */
const FORBIDDEN = new Set(['gettoken', 'kf/send_msg'])

interface RawCall {
  body: Record<string, unknown>
  query: Record<string, string>
}

export const raw: Command = {
  path: ['raw'],
  about: { zh: '直接调用一个接口（不用带 access_token）', en: 'call any API; the access token is added' },
  operand: {
    name: 'METHOD PATH',
    about: {
      zh: '如 GET kf/servicer/list、POST kf/account/list',
      en: 'e.g. GET kf/servicer/list, POST kf/account/list',
    },
    isMany: true,
    min: 2,
    max: 2,
  },
  options: {
    data: { type: 'string', value: 'JSON|@FILE', about: { zh: '请求体', en: 'the body' } },
    query: { type: 'string', value: 'A=1&B=2', about: { zh: '查询参数', en: 'parameters of the query' } },
  },
  async run(call) {
    const { operands, say, progress } = call
    const [method, path] = [operands[0]?.toUpperCase(), (operands[1] ?? '').replace(/^\/?(cgi-bin\/)?/, '')]
    if (method !== 'GET' && method !== 'POST') {
      throw usageError(say({ zh: '方法只能是 GET 或 POST', en: 'the method is GET or POST' }))
    }
    if (!/^[a-z][\w/]*$/.test(path) || FORBIDDEN.has(path)) {
      const shown = printable(path)
      throw usageError(say({ zh: `不能这样调用：${shown}`, en: `this can not be called: ${shown}` }))
    }
    const endpoint: Endpoint<RawCall, Record<string, unknown>> = {
      path,
      method,
      toQuery: ({ query }) => query,
      ...(method === 'POST' ? { toBody: ({ body }: RawCall) => body } : {}),
      response: z.record(z.string(), z.unknown()),
    }
    const query = Object.fromEntries(new URLSearchParams(textOption('query', call) ?? ''))
    delete query.access_token
    const input = { body: await readBody(textOption('data', call), say), query }
    const platform = await call.platform()
    const answer = await progress({ zh: `调用 ${path}`, en: `calling ${path}` }, platform.call(endpoint, input))
    return { json: answer, text: printable(JSON.stringify(answer, undefined, 2)) }
  },
}

async function readBody(data: string | undefined, say: Call['say']): Promise<Record<string, unknown>> {
  if (data === undefined) return {}
  try {
    const text = data.startsWith('@') ? await readFile(data.slice(1), 'utf8') : data
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text))
  } catch {
    throw usageError(
      say({ zh: '--data 要是 JSON 对象，或 @文件', en: '--data takes a JSON object, or @ and a file of one' }),
    )
  }
}
