/** Words of Chinese that say nothing about what is asked. Function words, and what every message to a shop holds. */

/** Left out before expressions are compared: 我还没收到我的货呢 is 还没收到货. */
export const PARTICLES: ReadonlySet<string> = new Set('了的呢吗啊呀吧嘛哦噢啦们我你您给把就也都')

/** Single characters that need no counterpart in an answer. */
export const FUNCTION_CHARACTERS: ReadonlySet<string> = new Set(
  '了的呢吗啊呀吧嘛哦噢啦们我你您给把就也都是有在不个这那一和与及或要会能可以怎么什到上下来去还没很太多少为如何请问想哪里谁让对从得地着过又才再等',
)

/** Words that need no counterpart either. */
export const EMPTY_WORDS: readonly string[] =
  '东西 商品 产品 宝贝 货 件 店 家 买 朋友 现在 昨天 今天 前天 已经 一直 知道 觉得 需要 情况 问题 时候 事 直接 自己 以后 之后 以前 刚刚 刚 收到 老 好像 帮忙 帮 看 说 行 办 弄 搞 用'.split(
    ' ',
  )
