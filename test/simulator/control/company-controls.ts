/** Playing the company: its accounts, members and servicers, and its settings in the console. */
import { z } from 'zod'
import { appendEvent } from '../append-entry.ts'
import type { Platform } from '../platform.ts'
import { refuse } from '../refuse.ts'
import { performServicerAct, servicerActSchema } from '../servicer-console.ts'
import { control, definedOf, nothing, tellChanged } from './control.ts'

export function createCompanyControls(platform: Platform) {
  const { corp, clock, callbacks, accessTokens, switches } = platform
  /** Native mode shows the Secret only after the callback's address has been checked. */
  let isChecked = false
  return {
    addMember: control(
      z.strictObject({
        userId: z.string().min(1),
        name: z.string().optional(),
        departments: z.array(z.number().int()).optional(),
        /** Inside the app's visible range. */
        visible: z.boolean().optional(),
        activated: z.boolean().optional(),
      }),
      (input) => {
        corp.addMember(input)
        tellChanged(platform)
        return {}
      },
    ),
    /** Whom and which group chats upgrade_service may name. */
    configureUpgrade: control(
      z.strictObject({
        userIds: z.array(z.string()).default([]),
        departmentIds: z.array(z.number().int()).default([]),
        chatIds: z.array(z.string()).default([]),
      }),
      (config) => {
        corp.upgrade = config
        return {}
      },
    ),
    addAccount: control(
      z.strictObject({
        name: z.string().min(1),
        openKfId: z.string().optional(),
        authorised: z.boolean().optional(),
        servicers: z.array(z.string()).optional(),
      }),
      (input) => {
        const { openKfId, name } = corp.addAccount(input)
        tellChanged(platform)
        return { openKfId, name }
      },
    ),
    /** Gives the account to the app or takes it away, with the callback that says so. */
    authoriseAccount: control(z.strictObject({ openKfId: z.string(), authorised: z.boolean() }), (input) => {
      const account = corp.accounts.get(input.openKfId)
      if (account === undefined) refuse(95004, 'no such account')
      account.authorised = input.authorised
      callbacks.send(input.openKfId, {
        ToUserName: corp.corpId,
        FromUserName: 'sys',
        CreateTime: Math.floor(clock.now() / 1000),
        MsgType: 'event',
        Event: 'kf_account_auth_change',
        [input.authorised ? 'AuthAddOpenKfId' : 'AuthDelOpenKfId']: [input.openKfId],
      })
      return {}
    }),
    servicerActs: control(servicerActSchema, (act) => {
      performServicerAct(platform, act)
      return {}
    }),
    /** An accepted message turns out not to have reached the customer. `failType` as documented, 0 to 13. */
    failDelivery: control(
      z.strictObject({ openKfId: z.string(), msgid: z.string(), failType: z.number().int() }),
      (input) => {
        const sent = corp.accounts.get(input.openKfId)?.sent.get(input.msgid)
        if (sent === undefined) refuse(95028, 'no such message at this account')
        appendEvent(platform, input.openKfId, sent.externalUserId, {
          event_type: 'msg_send_fail',
          fail_msgid: input.msgid,
          fail_type: input.failType,
        })
        return {}
      },
    ),
    /** Leave out what stays. Rejects an address or key of the wrong form. */
    setCallback: control(
      z.strictObject({
        url: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]).optional(),
        token: z.string().optional(),
        aesKey: z.string().optional(),
      }),
      async (input) => {
        const { url, token, aesKey } = { ...callbacks.settings(), ...definedOf(input) }
        await callbacks.setSettings({ url, token, aesKey })
        tellChanged(platform)
        return {}
      },
    ),
    /** What the console does when the address is saved. */
    checkCallbackUrl: control(nothing, () => callbacks.checkUrl()),
    /** The page of the console where a developer sets the callback. */
    consolePage: control(nothing, () => ({
      corpId: corp.corpId,
      mode: switches.mode,
      callbackUrl: callbacks.settings().url,
      secret: isChecked || switches.mode === 'wecom' ? accessTokens.secret() : null,
    })),
    /** Checks the three and keeps them if the address answers rightly, as the console's form does. */
    saveCallback: control(
      z.strictObject({
        url: z.url({ protocol: /^https?$/ }),
        token: z.string().regex(/^[A-Za-z0-9]{1,32}$/),
        aesKey: z.string().regex(/^[A-Za-z0-9]{43}$/),
      }),
      async (input) => {
        const before = callbacks.settings()
        await callbacks.setSettings(input)
        const check = await callbacks.checkUrl()
        if (check.ok) isChecked = true
        else await callbacks.setSettings(before)
        tellChanged(platform)
        return check
      },
    ),
    /** What the console does when the Secret is reset: the old one and every token of it are refused from now on. */
    resetSecret: control(z.strictObject({ secret: z.string().min(1) }), ({ secret }) => {
      accessTokens.resetSecret(secret)
      return {}
    }),
    revokeAccessTokens: control(nothing, () => {
      accessTokens.revokeAll()
      return {}
    }),
  }
}
