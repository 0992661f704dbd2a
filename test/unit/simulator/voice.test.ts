import { describe, expect, it } from 'vitest'
import { amrSeconds } from '../../simulator/amr-seconds.ts'
import { voiceToWav } from '../../simulator/control/voice-to-wav.ts'
import { FILES, startSimulator } from './start-simulator.ts'

describe('amrSeconds', () => {
  const frames = (count: number, head: number, size: number) =>
    new Uint8Array([
      ...Buffer.from('#!AMR\n'),
      ...Array(count)
        .fill([head, ...Array(size - 1).fill(0)])
        .flat(),
    ])

  it.each([
    ['4.75 kbit/s', frames(50, 0x04, 13), 1],
    ['12.2 kbit/s', frames(100, 0x3c, 32), 2],
    ['silence', frames(25, 0x44, 6), 0.5],
    ['an unknown frame', frames(50, 0x7c, 1), 0],
    ['nothing', new Uint8Array(), 0],
  ])('counts %s', (_name, bytes, seconds) => {
    expect(amrSeconds(bytes)).toBeCloseTo(seconds)
  })
})

describe('a voice as a sound', () => {
  it('is refused by name where there is no decoder', async () => {
    await expect(voiceToWav(FILES.voice, 'no-such-ffmpeg')).rejects.toMatchObject({ code: 'simulator.no-decoder' })
  })

  it('that is no voice is refused without a word of its content', async () => {
    const simulator = await startSimulator()
    const { mediaId } = simulator.addMedia({ type: 'voice', filename: 'a.amr', base64: 'bm90IGEgdm9pY2U=' })
    const response = await fetch(`${simulator.url}/control/media/${mediaId}/sound`)
    expect([422, 501]).toContain(response.status)
    expect((await fetch(`${simulator.url}/control/media/nothing/sound`)).status).toBe(404)
  })

  it('is described with its seconds', async () => {
    const simulator = await startSimulator()
    const base64 = FILES.voice.toString('base64')
    const { mediaId } = simulator.addMedia({ type: 'voice', filename: '语音.amr', base64 })
    expect(simulator.mediaInfo({ mediaId })).toEqual({
      file: {
        type: 'voice',
        filename: '语音.amr',
        contentType: 'application/octet-stream',
        size: FILES.voice.length,
        seconds: 1,
      },
    })
    expect(simulator.mediaInfo({ mediaId: 'nothing' })).toEqual({ file: null })
  })
})
