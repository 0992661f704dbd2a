/**
 * A program of its own: Silk on its standard input becomes samples on its standard output, at the rate that it is told. For what a stranger
 * sent, so whoever starts it gives it caps; ends with 1 for what is no Silk.
 */
import { buffer } from 'node:stream/consumers'
import { decode } from 'silk-wasm'

try {
  const { data } = await decode(await buffer(process.stdin), Number(process.argv[2]))
  process.stdout.write(data)
} catch {
  process.exitCode = 1
}
