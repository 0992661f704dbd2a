/**
 * A program that takes callbacks, written on the platform's own npm package and plain HTTP: an independent judge of what the
 * simulator posts. It refuses a wrong signature with 403 and ends with the test.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decrypt, getSignature } from '@wecom/crypto'
import { onTestFinished } from 'vitest'
import { AES_KEY, CALLBACK_TOKEN, CORP_ID } from './start-simulator.ts'

export interface Receiver {
  url: string
  token: string
  aesKey: string
  /** Decrypted, in the order of arrival. */
  messages: string[]
  /** The envelopes as they came. */
  bodies: string[]
  contentTypes: string[]
  /** Of every request that verified. */
  queries: URLSearchParams[]
  /** How a request that has verified is answered. Default 200 `success`. */
  answer: (response: ServerResponse, plaintext: string) => void
  close: () => Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    const query = new URL(request.url ?? '', 'http://receiver').searchParams
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const ciphertext = query.get('echostr') ?? /(?:<Encrypt><!\[CDATA\[|"[eE]ncrypt":")([^\]"]+)/.exec(body)?.[1] ?? ''
    const [timestamp, nonce] = [query.get('timestamp') ?? '', query.get('nonce') ?? '']
    const { message, id } = decrypt(AES_KEY, ciphertext)
    if (getSignature(CALLBACK_TOKEN, timestamp, nonce, ciphertext) !== query.get('msg_signature') || id !== CORP_ID) {
      response.writeHead(403).end()
      return
    }
    receiver.queries.push(query)
    if (request.method === 'GET') {
      receiver.answer(response, message)
      return
    }
    receiver.messages.push(message)
    receiver.bodies.push(body)
    receiver.contentTypes.push(request.headers['content-type'] ?? '')
    receiver.answer(response, message)
  }
  const server = createServer((request, response) => {
    receive(request, response).catch(() => response.writeHead(400).end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const receiver: Receiver = {
    // A server that listens on a port has an address of this form.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    token: CALLBACK_TOKEN,
    aesKey: AES_KEY,
    messages: [],
    bodies: [],
    contentTypes: [],
    queries: [],
    answer: (response) => response.end('success'),
    close: async () => {
      if (!server.listening) return
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  onTestFinished(receiver.close)
  return receiver
}
