/**
 * A headless Chromium for the browser tests: the system's, by playwright-core, which downloads nothing. CHROMIUM_PATH names
 * another one.
 */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { AppError } from '../../shared/app-error.ts'

const COMMON_PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/opt/homebrew/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]

// Nothing that looks anything up outside of the machine, so that a closed network costs no time.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The browser's path, or undefined when the machine has none. */
export function findChromium(env: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  const given = env.CHROMIUM_PATH
  if (given !== undefined && given !== '') return given
  return COMMON_PATHS.find((path) => existsSync(path))
}

/** Throws `browser.missing`, which says how to get one. The caller closes the browser. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined || !existsSync(executablePath)) {
    const looked = executablePath ?? COMMON_PATHS.slice(0, 4).join(', ')
    throw new AppError(
      'browser.missing',
      `no Chromium was found (looked for ${looked}): install it, e.g. "apt-get install chromium", or set CHROMIUM_PATH`,
      { retryable: false },
    )
  }
  return chromium.launch({ executablePath, headless: true, args: FLAGS })
}
