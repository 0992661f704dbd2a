/** The company's side of the platform: accounts, members, customers, conversations, links, and the codes given out. */
import { type AccountLog, createAccountLog } from './account-log.ts'
import { HOUR_MS } from './clock.ts'
import { type Conversation, createConversation, type EventCode, type EventCodeKind } from './conversation.ts'
import { namedId, randomName } from './identifiers.ts'

const LONGEST_CODE_MS = 48 * HOUR_MS
const AVATAR = 'https://wework.qpic.cn/wwpic/none/0'

export interface Servicer {
  userId: string
  /** False answers 95019. */
  receiving: boolean
  /** While not receiving: 0 stopped, 1 suspended. */
  stopType: 0 | 1
}

/** A message that the API sent, by its msgid. */
export interface SentMessage {
  externalUserId: string
  /** Unix ms. */
  at: number
  isRecalled: boolean
}

export interface Account {
  readonly openKfId: string
  name: string
  avatar: string
  /** False answers 48007: the account exists and was not given to the app. */
  authorised: boolean
  readonly servicers: Map<string, Servicer>
  /** Departments whose members are servicers too. */
  readonly departments: Set<number>
  readonly log: AccountLog
  /** msgids of the API's messages, which are unique per account, with what became of each. */
  readonly sent: Map<string, SentMessage>
}

/** An employee. */
export interface Member {
  readonly userId: string
  readonly name: string
  readonly departments: readonly number[]
  /** Inside the app's visible range; otherwise 60030. */
  readonly visible: boolean
  /** Has logged in to WeCom; otherwise 95014. */
  readonly activated: boolean
}

export interface EnterContext {
  scene: string
  sceneParam: string
  wechatChannels: Readonly<Record<string, unknown>> | undefined
}

export interface Customer {
  readonly externalUserId: string
  readonly name: string
  /** 0 unknown, 1 male, 2 female. */
  readonly gender: 0 | 1 | 2
  readonly avatar: string
  /** Unix ms of the last time they wrote or entered; undefined for never. */
  seenAt: number | undefined
  /** Of the last time they entered. */
  entered: { at: number; context: EnterContext } | undefined
}

/** What `add_contact_way` made. */
export interface ContactWay {
  readonly openKfId: string
  readonly scene: string
}

/** The console's settings for handing customers to a member or a group chat. */
export interface UpgradeConfig {
  userIds: readonly string[]
  departmentIds: readonly number[]
  chatIds: readonly string[]
}

export interface NewAccount {
  name: string
  /** Default: one that is made from the name, the same in every run. */
  openKfId?: string | undefined
  avatar?: string | undefined
  authorised?: boolean | undefined
  /** userids; all of them receive at first. Those that are no members yet become members. */
  servicers?: readonly string[] | undefined
}

export interface NewCustomer {
  name: string
  externalUserId?: string | undefined
  gender?: 0 | 1 | 2 | undefined
}

export interface NewMember {
  userId: string
  name?: string | undefined
  departments?: readonly number[] | undefined
  visible?: boolean | undefined
  activated?: boolean | undefined
}

export interface Corp {
  readonly corpId: string
  readonly accounts: ReadonlyMap<string, Account>
  readonly customers: ReadonlyMap<string, Customer>
  readonly members: ReadonlyMap<string, Member>
  /** By the secret part of the link. */
  readonly contactWays: Map<string, ContactWay>
  /** Customers that a message was sent to, which an unverified company may do for a few only. */
  readonly served: Set<string>
  upgrade: UpgradeConfig
  addAccount(account: NewAccount): Account
  removeAccount(openKfId: string): void
  /** Adding one that exists changes nothing. */
  addCustomer(customer: NewCustomer): Customer
  /** Adding one that exists replaces it. */
  addMember(member: NewMember): Member
  hasDepartment(id: number): boolean
  /** A servicer of the account, by name or through a department. */
  servicer(account: Account, userId: string): Servicer | undefined
  /** Made on first use. */
  conversation(openKfId: string, externalUserId: string): Conversation
  /** Those of an account that were used, in the order of their first use. */
  conversationsOf(openKfId: string): readonly Conversation[]
  issueCode(kind: EventCodeKind, conversation: Conversation): string
  /** undefined for one that was never given out, or that is long past. */
  code(code: string): EventCode | undefined
}

export function createCorp(corpId: string, now: () => number): Corp {
  const accounts = new Map<string, Account>()
  const customers = new Map<string, Customer>()
  const members = new Map<string, Member>()
  const conversations = new Map<string, Conversation>()
  const byAccount = new Map<string, Conversation[]>()
  const codes = new Map<string, EventCode>()
  const throughDepartment = new Map<string, Servicer>()
  let lastPosition = 0
  const nextPosition = () => {
    lastPosition = Math.max(lastPosition + 1, now() * 1000)
    return lastPosition
  }

  const addMember: Corp['addMember'] = ({ userId, name = userId, departments = [], ...flags }) => {
    const member = { userId, name, departments, visible: flags.visible ?? true, activated: flags.activated ?? true }
    members.set(userId, member)
    return member
  }

  const servicerThroughDepartment = (account: Account, userId: string) => {
    const isIn = members.get(userId)?.departments.some((id) => account.departments.has(id))
    if (isIn !== true) return undefined
    const key = `${account.openKfId} ${userId}`
    const servicer = throughDepartment.get(key) ?? newServicer(userId)
    throughDepartment.set(key, servicer)
    return servicer
  }

  // Insertion order is order of issue, so the oldest are at the front.
  const forgetOldCodes = () => {
    for (const [code, { issuedAt }] of codes) {
      if (issuedAt + LONGEST_CODE_MS >= now()) return
      codes.delete(code)
    }
  }

  return {
    corpId,
    accounts,
    customers,
    members,
    contactWays: new Map(),
    served: new Set(),
    upgrade: { userIds: [], departmentIds: [], chatIds: [] },
    addAccount: ({ name, openKfId = namedId('wk', name), avatar = AVATAR, authorised = true, servicers = [] }) => {
      const account: Account = {
        openKfId,
        name,
        avatar,
        authorised,
        servicers: new Map(servicers.map((userId) => [userId, newServicer(userId)])),
        departments: new Set(),
        log: createAccountLog(now, nextPosition),
        sent: new Map(),
      }
      for (const userId of servicers) if (!members.has(userId)) addMember({ userId })
      accounts.set(openKfId, account)
      return account
    },
    removeAccount: (openKfId) => void accounts.delete(openKfId),
    addCustomer: ({ name, externalUserId = namedId('wm', name), gender = 0 }) => {
      const known = customers.get(externalUserId)
      if (known !== undefined) return known
      const customer: Customer = { name, externalUserId, gender, avatar: AVATAR, seenAt: undefined, entered: undefined }
      customers.set(externalUserId, customer)
      return customer
    },
    addMember,
    hasDepartment: (id) => members.values().some(({ departments }) => departments.includes(id)),
    servicer: (account, userId) => account.servicers.get(userId) ?? servicerThroughDepartment(account, userId),
    conversation: (openKfId, externalUserId) => {
      const key = `${openKfId} ${externalUserId}`
      const known = conversations.get(key)
      if (known !== undefined) return known
      const conversation = createConversation(openKfId, externalUserId)
      conversations.set(key, conversation)
      const list = byAccount.get(openKfId)
      if (list === undefined) byAccount.set(openKfId, [conversation])
      else list.push(conversation)
      return conversation
    },
    conversationsOf: (openKfId) => byAccount.get(openKfId) ?? [],
    issueCode: (kind, conversation) => {
      forgetOldCodes()
      const code = randomName(43)
      codes.set(code, { kind, conversation, issuedAt: now(), used: false })
      return code
    },
    code: (code) => codes.get(code),
  }
}

export function newServicer(userId: string): Servicer {
  return { userId, receiving: true, stopType: 0 }
}
