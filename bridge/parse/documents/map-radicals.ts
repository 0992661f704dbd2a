/**
 * Some PDF writers, Chromium among them, give a character's radical in its place: ⼿⽆⽀⽅ look like 手无支方 but are others, so that no search
 * finds them. Only radicals are mapped: the whole of NFKC would also turn ，：（） into ASCII.
 */
export function mapRadicals(text: string): string {
  return text.replace(radicals, (letter) => simplified.get(letter) ?? letter.normalize('NFKC'))
}

/** Kangxi radicals, and the CJK supplement. */
const radicals = /[\u2e80-\u2fdf]/g

// The supplement's radicals that are characters in use; Unicode gives most of them no decomposition.
const pairs =
  '⺁厂⺄乙⺇几⺈刀⺌小⺎尢⺏尢⺐尢⺒巳⺓幺⺖心⺗心⺘手⺙攵⺛无⺝月⺟母⺠民⺡水⺢水⺣火⺤爪⺥爪⺦爿⺨犬⺩王⺪疋⺫目⺬示⺭示⺮竹⺯糸⺰纟⺲网⺳网⺴网⺵网⺶羊⺷羊⺸羊⺹老⺺聿⺻聿⺼肉⺽臼⺾艹⻀艹⻁虎⻂衣⻃西⻄西⻅见⻆角⻇角⻈讠⻉贝⻊足⻋车⻌辶⻍辶⻎辶⻏邑⻐钅⻑長⻒镸⻓长⻔门⻕阜⻖阜⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食⻞食⻟食⻠饣⻡首⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻫齊⻬齐⻭齿⻮齿⻯龙⻰龙⻱龟⻲龟⻳龟'
const simplified: ReadonlyMap<string, string> = new Map(
  Array.from({ length: pairs.length / 2 }, (_, index) => [pairs[2 * index] ?? '', pairs[2 * index + 1] ?? '']),
)
