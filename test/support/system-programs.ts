/** The programs of the system that tests use, each with where it is found and how Debian installs it. */
import { existsSync } from 'node:fs'
import { findPostgres } from './postgres-server.ts'
import { findRabbitmq } from './rabbitmq-server.ts'

export const SYSTEM_PROGRAMS = {
  rabbitmq: {
    title: 'RabbitMQ',
    find: findRabbitmq,
    install: 'apt-get install --no-install-recommends rabbitmq-server',
  },
  postgres: { title: 'PostgreSQL', find: findPostgres, install: 'apt-get install --no-install-recommends postgresql' },
  chromium: {
    title: 'Chromium',
    find: findChromium,
    install: 'apt-get install --no-install-recommends chromium fonts-noto-cjk',
  },
  ffmpeg: {
    title: 'ffmpeg',
    find: () => findProgram('ffmpeg'),
    install: 'apt-get install --no-install-recommends ffmpeg',
  },
  sox: {
    title: 'sox',
    find: () => findProgram('sox'),
    install: 'apt-get install --no-install-recommends sox libsox-fmt-base',
  },
} as const

export type SystemProgram = keyof typeof SYSTEM_PROGRAMS

/** The browser's program, for playwright-core's `executablePath`. */
export function findChromium(): string | undefined {
  return ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path))
}

function findProgram(name: string): string | undefined {
  return ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'].map((folder) => `${folder}/${name}`).find(existsSync)
}
