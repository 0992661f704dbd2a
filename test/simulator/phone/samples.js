// @ts-check
/** Small files made on the spot, for whoever has none at hand. */

/** A drawn picture. @param {string} words @returns {Promise<File>} */
export async function samplePicture(words) {
  const canvas = document.createElement('canvas')
  canvas.width = 320
  canvas.height = 240
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'))
  pen.fillStyle = '#dfeee4'
  pen.fillRect(0, 0, 320, 240)
  pen.fillStyle = '#2f7d62'
  pen.beginPath()
  pen.roundRect(110, 60, 90, 110, 12)
  pen.fill()
  pen.strokeStyle = '#2f7d62'
  pen.lineWidth = 12
  pen.beginPath()
  pen.arc(203, 110, 24, -1.3, 1.3)
  pen.stroke()
  pen.font = '22px sans-serif'
  pen.textAlign = 'center'
  pen.fillText(words, 160, 212)
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'))
  return new File([/** @type {Blob} */ (blob)], '示例图片.png', { type: 'image/png' })
}

const AMR_FRAMES = 150

/** Three seconds of narrow-band AMR at the lowest rate: valid frames that hum. */
export function sampleVoice() {
  const bytes = [...new TextEncoder().encode('#!AMR\n')]
  for (let frame = 0; frame < AMR_FRAMES; frame += 1) {
    bytes.push(0x04, 0x36, 0x57, 0x28, 0x9a, 0x40 + (frame % 9), 0x1c, 0x55, 0x08, 0x71, 0x22, 0x9c, 0x10)
  }
  return new File([new Uint8Array(bytes)], '示例语音.amr', { type: 'audio/amr' })
}

export function sampleFile() {
  const words = '序号,商品,单价\n1,保温杯,99.00\n2,马克杯,49.00\n'
  return new File([words], '报价单.csv', { type: 'text/csv' })
}
