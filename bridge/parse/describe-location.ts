import type { MessageText } from './message-text.ts'
import { type Fields, readLine } from './read-fields.ts'

export function describeLocation(body: Fields): MessageText {
  const name = readLine(body, 'name')
  const address = readLine(body, 'address', 400)
  const { latitude, longitude } = body
  const place =
    isCoordinate(latitude) && isCoordinate(longitude)
      ? `（纬度 ${latitude.toFixed(6)}，经度 ${longitude.toFixed(6)}）`
      : ''
  const words = [name, address].filter((word) => word !== '')
  return {
    text: `[位置] ${words.join(' ')}${place}`.trim(),
    title: ['[位置]', words[0] ?? ''].join(' ').trim(),
  }
}

function isCoordinate(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= 180
}
