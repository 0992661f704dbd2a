import { createHash } from 'node:crypto'

/** Of a base, source, document or file: short enough to be typed in part, and the same for the same thing. */
export function toKnowledgeId(kind: string, ...parts: (string | Uint8Array)[]): string {
  const hash = createHash('sha256').update(kind)
  for (const part of parts) hash.update('\n').update(part)
  return hash.digest('hex').slice(0, 16)
}
