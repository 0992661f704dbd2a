import { randomUUID } from 'node:crypto'
import { Client } from 'pg'

/**
 * A new database of its own on the server that `adminUrl` names; returns its URL. With `template`, a copy of that database, which
 * must have no connections at the time.
 */
export async function createDatabase(adminUrl: string, template = 'template1'): Promise<string> {
  const name = `kefu_${randomUUID().replaceAll('-', '')}`
  const client = new Client({ connectionString: adminUrl })
  await client.connect()
  try {
    await client.query(`create database ${name} template ${client.escapeIdentifier(template)}`)
  } finally {
    await client.end()
  }
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  return url.href
}
