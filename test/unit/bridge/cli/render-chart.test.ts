import { expect, it } from 'vitest'
import { renderChart } from '../../../../bridge/cli/render-chart.ts'

it('draws bars as long as their numbers, to an eighth of a column', () => {
  const bars = [
    { label: '一', value: 8 },
    { label: '二', value: 3 },
    { label: '三', value: 0 },
  ]
  expect(renderChart('消息', bars, 1).split('\n')).toEqual(['消息', '一    █  8', '二    ▍  3', '三       0'])
})

it('draws nothing of nothing', () => {
  expect(renderChart('a', [{ label: 'b', value: 0 }])).toBe('a\nb    0')
})
