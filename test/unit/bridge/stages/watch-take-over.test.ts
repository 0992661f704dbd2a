import { describe, expect, it } from 'vitest'
import { createWatchTakeOver } from '../../../../bridge/stages/watch-take-over.ts'

function start() {
  const world = { requestedAt: undefined as number | undefined, up: false, hurried: 0 }
  const watch = createWatchTakeOver({
    takeOver: {
      requestedAt: async () => world.requestedAt,
      async done() {
        world.requestedAt = undefined
      },
    },
    relay: {
      hurry() {
        world.hurried += 1
      },
      state: () => ({ up: world.up }),
    },
  })
  return { world, watch }
}

describe('createWatchTakeOver', () => {
  it('has the relay dial once for each wish', async () => {
    const { world, watch } = start()
    await watch()
    expect(world.hurried).toBe(0)
    world.requestedAt = 1
    await watch()
    await watch()
    expect(world.hurried).toBe(1)
    world.requestedAt = 2
    await watch()
    expect(world.hurried).toBe(2)
    expect(world.requestedAt).toBe(2)
  })

  it('takes the wish for fulfilled when the relay is connected', async () => {
    const { world, watch } = start()
    Object.assign(world, { requestedAt: 1, up: true })
    await watch()
    expect(world).toEqual({ requestedAt: undefined, up: true, hurried: 0 })
  })
})
