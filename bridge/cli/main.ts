/** `npm run kefu -- …`: what an operator does by hand, beside a running bridge or without one. */
import { runCli } from './run-cli.ts'

// A reader that has seen enough, as `head` has, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

process.exitCode = await runCli({
  argv: process.argv.slice(2),
  env: process.env,
  envFile: '.env',
  onInterrupt(listener) {
    for (const signal of INTERRUPTS) process.on(signal, listener)
    return () => {
      for (const signal of INTERRUPTS) process.off(signal, listener)
    }
  },
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY,
  isColoured: process.stdout.isTTY && process.stdout.hasColors(),
  isInteractive: process.stdin.isTTY && process.stdout.isTTY,
})
