import { describe, expect, it } from 'vitest'
import { createLoadMedia } from '../../../../bridge/stages/create-load-media.ts'

const file = { name: 'a.png', bytes: Uint8Array.of(1) }
const load = createLoadMedia({ knowledge: async (id) => (id === 'a:b' ? file : undefined) })
const { signal } = new AbortController()

describe('createLoadMedia', () => {
  it('asks the source that the key names for the rest of it', async () => {
    expect(await load('knowledge:a:b', signal)).toBe(file)
  })

  it.each(['knowledge:gone', 'other:a', 'constructor:a', 'knowledge', ''])('has nothing for %s', async (key) => {
    await expect(load(key, signal)).rejects.toMatchObject({ code: 'media.missing', retryable: false })
  })
})
