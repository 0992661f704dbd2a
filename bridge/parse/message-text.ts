import type { Fields } from './read-fields.ts'

export interface MessageText {
  /** What the model reads. */
  text: string
  /** One short line for people. */
  title: string
}

/** How one kind is described. `body` is what stands under the key that is named like the msgtype. */
export type Describe = (body: Fields) => MessageText
