import { MIGRATIONS } from '../migrate.ts'

/** The tables that the migrations make, in their order: a server may hold other people's tables, too. */
export function knownTables(): string[] {
  const names = MIGRATIONS.flat().flatMap((statement) => {
    const [, name] = /^\s*create table (?:if not exists )?(\w+)/i.exec(statement) ?? []
    return name === undefined ? [] : [name]
  })
  return ['migration', ...new Set(names)]
}

/** Made beside them where the server can; see ../vector-index.ts. They refer to the others and travel nowhere. */
export const DERIVED_TABLES: readonly string[] = ['chunk_vector']
