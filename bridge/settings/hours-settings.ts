/** When people of the company are there. */
import { z } from 'zod'
import { calendarDay, clockTime, timeZone } from './clock-time.ts'
import { customerText } from './customer-text.ts'

const span = z
  .strictObject({
    days: z.array(z.int().min(1).max(7)).min(1).describe('1 周一 … 7 周日 / 1 Monday … 7 Sunday'),
    from: clockTime,
    to: clockTime,
  })
  .refine(({ from, to }) => from < to, 'must end after it begins / 结束须晚于开始')

const workday = z.strictObject({ day: calendarDay, from: clockTime, to: clockTime })

const holiday = z
  .strictObject({ from: calendarDay, to: calendarDay.optional() })
  .refine(({ from, to }) => to === undefined || from <= to, 'must not end before it begins / 结束不得早于开始')

export const hoursSettings = z.object({
  timeZone: timeZone.default('Asia/Shanghai').describe('时区 / the time zone'),
  weekly: z
    .array(span)
    .max(50)
    .default([])
    .describe('每周的人工服务时间，空为全天 / the hours of each week; none: always'),
  holidays: z.array(holiday).max(200).default([]).describe('放假的日子 / days off'),
  workdays: z
    .array(workday)
    .max(200)
    .default([])
    .describe('调休上班等例外的日子，优先于放假 / days with hours of their own, before all else'),
  outside: z
    .enum(['answer', 'answer-and-note'])
    .default('answer')
    .describe(
      '非工作时间：照常自动回答，或回答并说明可留言 / outside them: answer, or answer and offer to take a message',
    ),
  textNote: customerText
    .default('（现在是非人工服务时间，以上为自动回复；如需人工，请发送“人工”留言。）')
    .describe('附在回答之后的说明 / what is added to the answer'),
})
