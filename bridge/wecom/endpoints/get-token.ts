import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'

/** https://developer.work.weixin.qq.com/document/path/91039. The one call without an access token. */
export const getToken: Endpoint<{ corpId: string; secret: string }, { token: string; lifetimeMs: number }> = {
  path: 'gettoken',
  method: 'GET',
  toQuery: ({ corpId, secret }) => ({ corpid: corpId, corpsecret: secret }),
  response: z
    .looseObject({ access_token: z.string().min(1), expires_in: z.coerce.number().positive() })
    .transform(({ access_token, expires_in }) => ({ token: access_token, lifetimeMs: expires_in * 1000 })),
}
