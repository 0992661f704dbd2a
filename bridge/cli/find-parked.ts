import type { ParkedEntry, ParkedStore } from '../store/parked-store.ts'
import type { Call } from './command.ts'
import { printable } from './printable.ts'

export type FoundParked =
  | { kind: 'found'; entry: ParkedEntry }
  | { kind: 'missing' | 'ambiguous' | 'no-id'; message: string }

const MIN_LENGTH = 4

/** The open entry whose id begins like this, if it is the only one. */
export async function findParked(
  parked: Pick<ParkedStore, 'find'>,
  idStart: string,
  say: Call['say'],
): Promise<FoundParked> {
  const typed = printable(idStart)
  if (!/^[0-9a-f-]{4,36}$/i.test(idStart)) {
    const message = say({
      zh: `${typed} 不是编号：至少 ${MIN_LENGTH} 位，用 parked list 查看`,
      en: `${typed} is no id: give ${MIN_LENGTH} characters of it at least, see parked list`,
    })
    return { kind: 'no-id', message }
  }
  const [entry, another] = await parked.find(idStart.toLowerCase())
  if (entry === undefined) {
    const message = say({
      zh: `${typed} 没有搁置，或已经处理过：用 parked list 查看`,
      en: `${typed} is not parked, or was dealt with: see parked list`,
    })
    return { kind: 'missing', message }
  }
  if (another !== undefined) {
    const message = say({ zh: `${typed} 不止一条，请多给几位`, en: `${typed} is more than one: give more of it` })
    return { kind: 'ambiguous', message }
  }
  return { kind: 'found', entry }
}
