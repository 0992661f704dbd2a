import { requireOption, textOption } from '../require-option.ts'
import { createSendCommand } from '../send-command.ts'

export const sendLocation = createSendCommand({
  kind: 'location',
  about: { zh: '发位置', en: 'send a place' },
  options: {
    latitude: { type: 'string', value: 'DEGREES', about: { zh: '纬度，-90 到 90', en: '-90 to 90' } },
    longitude: { type: 'string', value: 'DEGREES', about: { zh: '经度，-180 到 180', en: '-180 to 180' } },
    name: { type: 'string', value: 'TEXT', about: { zh: '地点名称', en: 'what the place is called' } },
    address: { type: 'string', value: 'TEXT', about: { zh: '地址', en: 'its address' } },
  },
  toContent: (call) => ({
    type: 'location',
    latitude: Number(requireOption('latitude', call)),
    longitude: Number(requireOption('longitude', call)),
    name: textOption('name', call),
    address: textOption('address', call),
  }),
})
