/** Quick-reply menus. What is in them stands in a file, see docs/service-desk.md. */
import { z } from 'zod'

export const menusSettings = z.object({
  enabled: z.boolean().default(true).describe('是否使用菜单文件 / whether the menu file is used'),
  file: z
    .string()
    .max(100)
    .regex(/^[\w.-]*$/, 'must be the name of a file / 须为文件名')
    .default('')
    .describe(
      '菜单文件名，空为 <open_kfid>.json，再次为 default.json / the file; empty: <open_kfid>.json, else default.json',
    ),
})
