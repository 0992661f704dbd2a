/**
 * Other names for the same thing, learned from the knowledge itself: from what documents say about names (企业微信，简称企微), and from
 * questions of one entry that differ in one place only (咋退货 and 怎么退货).
 */
export type Alias = readonly [one: string, other: string]

const NAME = '[\\p{L}\\p{N}+#.-]{2,12}'
const QUOTED = `[“"「『]?(${NAME})[”"」』]?`
const SAYS = '(?:以下简称|下称|又简称|简称|又称|又叫|也称|也叫|俗称|别名|亦称|缩写为)[为作做]?'
/** 企业微信（简称企微）and 企业微信，简称企微 */
const NAMED = new RegExp(`${QUOTED}\\s*[（(，,]?\\s*${SAYS}\\s*[:：]?\\s*${QUOTED}`, 'gu')
/** What a name does not begin with when the sentence goes before it. */
const LEAD = /^.*(?:的|是|了|和|与|及|在|把|将|由|为|对|用|从|到|使用|通过|本|该|我们)(?=.{2,})/u

export function learnFromText(text: string): Alias[] {
  // Most texts say nothing of the kind, and this is said sooner.
  if (!/称|叫|别名|缩写/.test(text)) return []
  return [...text.matchAll(NAMED)].flatMap(([, before = '', after = '']) => {
    const one = before.replace(LEAD, '').toLowerCase()
    const other = after.toLowerCase()
    return one === other || one.length < 2 ? [] : [[one, other] as const]
  })
}

const MAX_DIFFERENCE = 6

/** `questions` are of one entry. A difference of single characters is too little to go by. */
export function learnFromQuestions(questions: readonly string[]): Alias[] {
  const plain = questions.map((question) => question.toLowerCase().replace(/[^\p{L}\p{N}]/gu, ''))
  const found: Alias[] = []
  for (const [index, one] of plain.entries()) {
    for (const other of plain.slice(index + 1)) {
      const difference = findDifference(one, other)
      if (difference !== undefined) found.push(difference)
    }
  }
  return found
}

function findDifference(one: string, other: string): Alias | undefined {
  let start = 0
  while (start < one.length && one[start] === other[start]) start += 1
  let end = 0
  while (end < Math.min(one.length, other.length) - start && one.at(-1 - end) === other.at(-1 - end)) end += 1
  // Most of it must be the same, or it is simply another sentence.
  if (start + end < 2) return undefined
  const [left, right] = [one.slice(start, one.length - end), other.slice(start, other.length - end)]
  const isName = (text: string) => text.length >= 2 && text.length <= MAX_DIFFERENCE
  return isName(left) && isName(right) ? [left, right] : undefined
}
