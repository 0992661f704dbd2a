/** What the client remembers when nobody gives it a database: for this process, until it ends. */
import type { AccessStore, KnownAccess } from './access-memory.ts'
import type { MediaIdStore } from './media-ids.ts'
import type { PauseStore } from './shared-pauses.ts'

export function createMemoryAccessStore(): AccessStore {
  const known = new Map<string, KnownAccess>()
  return {
    list: async () => [...known.values()],
    save: async (access) => {
      known.set(`${access.endpoint} ${access.account}`, access)
    },
    clear: async () => known.clear(),
  }
}

export function createMemoryMediaIdStore(now: () => number): MediaIdStore {
  const ids = new Map<string, { mediaId: string; expiresAt: number }>()
  return {
    find: async (key) => {
      const found = ids.get(key)
      return found !== undefined && found.expiresAt > now() ? found.mediaId : undefined
    },
    save: async (key, mediaId, expiresAt) => {
      ids.set(key, { mediaId, expiresAt })
    },
    forget: async (key) => {
      ids.delete(key)
    },
  }
}

/** A process alone has nobody to tell. */
export function createMemoryPauseStore(): PauseStore {
  return { list: async () => [], save: async () => undefined }
}
