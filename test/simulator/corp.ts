/** The company's side of the platform: accounts, servicers, customers, conversations, and the codes given out. */
import { type AccountLog, createAccountLog } from './account-log.ts'
import { type Conversation, createConversation, type EventCode, type EventCodeKind } from './conversation.ts'
import { namedId, randomName } from './identifiers.ts'

export interface Servicer {
  userId: string
  /** False answers 95019. */
  receiving: boolean
}

export interface Account {
  readonly openKfId: string
  readonly name: string
  /** False answers 48007: the account exists and was not given to the app. */
  authorised: boolean
  readonly servicers: Map<string, Servicer>
  readonly log: AccountLog
  /** msgids of the API's messages, which are unique per account, with what became of each. */
  readonly sent: Map<string, { externalUserId: string; at: number }>
}

export interface Customer {
  readonly externalUserId: string
  readonly name: string
}

export interface NewAccount {
  name: string
  /** Default: one that is made from the name, the same in every run. */
  openKfId?: string | undefined
  authorised?: boolean | undefined
  /** userids; all of them receive at first. */
  servicers?: readonly string[] | undefined
}

export interface NewCustomer {
  name: string
  externalUserId?: string | undefined
}

export interface Corp {
  readonly corpId: string
  readonly accounts: ReadonlyMap<string, Account>
  readonly customers: ReadonlyMap<string, Customer>
  addAccount(account: NewAccount): Account
  /** Adding one that exists changes nothing. */
  addCustomer(customer: NewCustomer): Customer
  /** Made on first use. */
  conversation(openKfId: string, externalUserId: string): Conversation
  issueCode(kind: EventCodeKind, conversation: Conversation): string
  code(code: string): EventCode | undefined
}

export function createCorp(corpId: string, now: () => number): Corp {
  const accounts = new Map<string, Account>()
  const customers = new Map<string, Customer>()
  const conversations = new Map<string, Conversation>()
  const codes = new Map<string, EventCode>()

  return {
    corpId,
    accounts,
    customers,
    addAccount: ({ name, openKfId = namedId('wk', name), authorised = true, servicers = [] }) => {
      const account: Account = {
        openKfId,
        name,
        authorised,
        servicers: new Map(servicers.map((userId) => [userId, { userId, receiving: true }])),
        log: createAccountLog(now),
        sent: new Map(),
      }
      accounts.set(openKfId, account)
      return account
    },
    addCustomer: ({ name, externalUserId = namedId('wm', name) }) => {
      const known = customers.get(externalUserId)
      if (known !== undefined) return known
      const customer = { name, externalUserId }
      customers.set(externalUserId, customer)
      return customer
    },
    conversation: (openKfId, externalUserId) => {
      const key = `${openKfId} ${externalUserId}`
      let conversation = conversations.get(key)
      if (conversation === undefined) {
        conversation = createConversation(openKfId, externalUserId)
        conversations.set(key, conversation)
      }
      return conversation
    },
    issueCode: (kind, conversation) => {
      const code = randomName(43)
      codes.set(code, { kind, conversation, issuedAt: now(), used: false })
      return code
    },
    code: (code) => codes.get(code),
  }
}
