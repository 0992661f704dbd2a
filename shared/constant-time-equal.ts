/**
 * Compares two strings in a time that does not tell how much of them agrees. Both sides are hashed first, so that
 * neither length nor content steers the loop; web-standard calls only, because Node's WebCrypto lacks `timingSafeEqual`.
 */
export async function constantTimeEqual(left: string, right: string): Promise<boolean> {
  const [leftHash, rightHash] = await Promise.all([sha256(left), sha256(right)])
  let difference = 0
  for (const [index, byte] of leftHash.entries()) difference |= byte ^ (rightHash[index] ?? 0)
  return difference === 0
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
}
