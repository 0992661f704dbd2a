/** What a customer reads who comes in by a link. The platform's own welcome is off for an account that an API manages. */
import { z } from 'zod'
import { customerText } from './customer-text.ts'

const scene = z.strictObject({
  scene: z.string().max(32).describe('链接的场景值 / the scene of the link'),
  sceneParam: z.string().max(128).optional().describe('仅当链接带此参数 / only with this parameter'),
  text: customerText.optional(),
  menu: z.string().max(64).optional().describe('菜单文件中的菜单名 / a menu of the menu file'),
})

export const welcomeSettings = z.object({
  enabled: z.boolean().default(true).describe('是否发欢迎语 / whether customers are welcomed'),
  text: customerText
    .default('{nickname}您好，欢迎咨询！请直接描述您的问题，我会尽快回复；需要人工服务时，请发送“人工”。')
    .describe('欢迎语，{nickname} 为客户昵称 / the welcome; {nickname} is the name of the customer'),
  menu: z.string().max(64).default('').describe('随欢迎语发送的菜单名 / the menu that is sent as the welcome'),
  scenes: z
    .array(scene)
    .max(500)
    .default([])
    .describe(
      '按链接场景与参数区分的欢迎语，自上而下第一个匹配的生效 / by scene and parameter of the link; the first that fits',
    ),
  greetReturning: z
    .boolean()
    .default(false)
    .describe(
      '老客户再次进入时也打招呼，每天最多一次，占用一条回复额度 / greet those who return, once a day, at the cost of one message',
    ),
  greetText: customerText
    .default('{nickname}您好，欢迎回来！请问有什么可以帮您？')
    .describe('给老客户的招呼 / the greeting for those who return'),
})
