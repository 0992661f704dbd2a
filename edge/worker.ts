/** The Worker's entry: its request handler and the class of its Durable Object. See app.ts for the routes. */
import { createApp } from './app.ts'
import { logger } from './logger.ts'

export { Mailbox } from './mailbox/mailbox.ts'

export default createApp({ log: logger })
