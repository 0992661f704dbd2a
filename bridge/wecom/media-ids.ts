/**
 * Ids of what was uploaded, so that the same content is uploaded once in three days by all processes together. An id that the platform
 * refuses although it should be valid is renewed once.
 * Source: https://developer.work.weixin.qq.com/document/path/90253
 */
import { createHash } from 'node:crypto'
import { isAppError } from '../../shared/app-error.ts'
import type { Logger } from '../logger.ts'
import type { Media, MediaFile, MediaType } from './outgoing-content.ts'

export interface MediaIdStore {
  /** Undefined when there is none that is still valid. */
  find(key: string): Promise<string | undefined>
  /** `expiresAt`: unix milliseconds. Replaces the old one. */
  save(key: string, mediaId: string, expiresAt: number): Promise<void>
  forget(key: string): Promise<void>
}

export interface MediaIdsDeps {
  store: MediaIdStore
  upload: (type: MediaType, file: MediaFile, signal: AbortSignal) => Promise<string>
  corpId: string
  /** Unix milliseconds. */
  now: () => number
  log: Logger
}

export interface MediaIds {
  /** The id of this content, uploaded if need be. */
  get(type: MediaType, media: Media, signal: AbortSignal): Promise<string>
  /** Runs `use` with the id. When the platform refuses an id that was not fresh, the file is uploaded again and `use` runs once more. */
  use<T>(
    type: MediaType,
    media: Media,
    use: (mediaId: string, isRenewed: boolean) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T>
}

/** Three days, and an hour less so that no id expires on its way to a customer. */
const lifetimeMs = (3 * 24 - 1) * 3_600_000

export function createMediaIds({ store, upload, corpId, now, log }: MediaIdsDeps): MediaIds {
  const flights = new Map<string, Promise<string>>()

  function toKey(type: MediaType, { name, bytes }: MediaFile): string {
    // The name is part of what the customer gets; so is what the bytes are sent as.
    return createHash('sha256')
      .update(JSON.stringify([corpId, type, name]))
      .update(bytes)
      .digest('hex')
  }

  function uploadOnce(key: string, type: MediaType, file: MediaFile, signal: AbortSignal): Promise<string> {
    const flight = flights.get(key) ?? uploadAndSave(key, type, file, signal).finally(() => flights.delete(key))
    flights.set(key, flight)
    return flight
  }

  async function uploadAndSave(key: string, type: MediaType, file: MediaFile, signal: AbortSignal): Promise<string> {
    const uploadedAt = now()
    const mediaId = await upload(type, file, signal)
    await tolerate(() => store.save(key, mediaId, uploadedAt + lifetimeMs))
    return mediaId
  }

  /** A database that is away costs an upload, not the message. */
  async function tolerate<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      log.warn('wecom.media-ids-unavailable', { error })
      return undefined
    }
  }

  return {
    async get(type, media, signal) {
      if ('mediaId' in media) return media.mediaId
      const key = toKey(type, media)
      return (await tolerate(() => store.find(key))) ?? (await uploadOnce(key, type, media, signal))
    },
    async use(type, media, use, signal) {
      if ('mediaId' in media) return use(media.mediaId, false)
      const key = toKey(type, media)
      const stored = await tolerate(() => store.find(key))
      if (stored === undefined) return use(await uploadOnce(key, type, media, signal), false)
      try {
        return await use(stored, false)
      } catch (error) {
        if (!isAppError(error, 'wecom.refused') || error.details.action !== 'upload-again') throw error
        log.info('wecom.media-renewed', { type })
        await tolerate(() => store.forget(key))
        return use(await uploadOnce(key, type, media, signal), true)
      }
    },
  }
}
