/** Text that is the same for the same seed, made of what tends to break a formatter. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function pick<T>(random: () => number, from: readonly T[]): T {
  // Always in range: random() is below 1.
  return from[Math.floor(random() * from.length)] as T
}

export const prose = [
  '您好',
  '退货',
  '请在订单页申请',
  'hello world',
  '3.14',
  '1,000',
  '“引用”',
  '（备注）',
  'é',
  '𠮷',
  '繁體',
]
export const pauses = ['。', '！', '？', '；', '，', ', ', '. ', '\n', '\n\n', ' ', '……', '：']
export const emoji = ['😀', '👨‍👩‍👧‍👦', '🇨🇳', '👍🏽', '❤️', '1️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿']
export const addresses = [
  'https://a.com/b?c=1&d=2.',
  'https://example.com/路',
  'http://x.cn/a,b;c!d?e',
  'weixin://dl/chat?x=1',
]
export const markup = [
  '*',
  '**',
  '***',
  '_',
  '__',
  '~~',
  '`',
  '```',
  '\n```\n',
  '# ',
  '\n- ',
  '\n1. ',
  '|',
  '\n|-|-|\n',
  '[',
  '](',
  ')',
  '![',
  '> ',
  '<b>',
  '</b>',
  '<!--',
  '&lt;',
  '&#60;',
  '\\',
  '<',
  '>',
  '\ue000',
  '\ue0010\ue001',
]

export function randomText(random: () => number, pieces: readonly (readonly string[])[], count: number): string {
  return Array.from({ length: count }, () => pick(random, pick(random, pieces))).join('')
}
