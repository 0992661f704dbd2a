/** Files that are sent with an answer. */
import { type Database, first } from './database.ts'
import { toKnowledgeId } from './to-knowledge-id.ts'

export function createKnowledgeFiles(database: Database) {
  return {
    /** Its id, which is made of what it holds. */
    async saveFile(name: string, bytes: Uint8Array): Promise<string> {
      const id = toKnowledgeId('file', name, bytes)
      await database.run(
        `insert into knowledge_file (id, name, size, content) values (?1, ?2, ?3, ?4) on conflict (id) do nothing`,
        id,
        name,
        bytes.length,
        Buffer.from(bytes).toString('base64'),
      )
      return id
    },

    async readFile(id: string): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> } | undefined> {
      const row = await first(
        database.all<{ name: string; content: string }>('select name, content from knowledge_file where id = ?1', id),
      )
      return row && { name: row.name, bytes: Uint8Array.from(Buffer.from(row.content, 'base64')) }
    },
  }
}
