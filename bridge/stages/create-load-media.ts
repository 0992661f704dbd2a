/** Files that a stored reply names as `<source>:<id>`, each from whoever keeps them. */
import { AppError } from '../../shared/app-error.ts'
import type { MediaFile } from '../wecom/outgoing-content.ts'
import type { LoadMedia } from './resolve-media.ts'

/** Undefined when there is no such file. */
export type MediaSource = (id: string) => Promise<MediaFile | undefined>

/** Rejects with `media.missing` when nobody has it any more. */
export function createLoadMedia(sources: Readonly<Record<string, MediaSource>>): LoadMedia {
  return async (key) => {
    const colon = key.indexOf(':')
    const source = key.slice(0, colon)
    const file = Object.hasOwn(sources, source) ? await sources[source]?.(key.slice(colon + 1)) : undefined
    if (file === undefined) throw new AppError('media.missing', `no store keeps this ${source}`, { retryable: false })
    return file
  }
}
