/** Of a message as it is first stored, in this order. */
export const MESSAGE_COLUMNS = [
  'msgid',
  'open_kfid',
  'conv',
  'seq',
  'origin',
  'type',
  'raw',
  'text',
  'title',
  'state',
  'send_time',
  'received_at',
  'due',
  'wake',
] as const
