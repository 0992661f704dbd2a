import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

// The published sample set of the platform, so that its vectors can be posted to the Worker as they are.
const edgeSecrets = {
  WECHAT_CORP_ID: 'wx5823bf96d3bd56c7',
  WECHAT_TOKEN: 'QDG6eK',
  WECHAT_AESKEY: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C',
  BRIDGE_TOKEN: 'test-bridge-secret-of-32-characters',
}

// No request to the vendor, and no warning that the secrets are missing: they are bound above.
process.env.CLOUDFLARE_CF_FETCH_ENABLED ??= 'false'
process.env.WRANGLER_LOG ??= 'error'

export default defineConfig({
  test: {
    // What a program logs while a test passes is noise; of a failed test it is shown.
    silent: 'passed-only',
    globalSetup: ['./test/support/global-setup.ts'],
    projects: [
      {
        plugins: [
          cloudflareTest({ wrangler: { configPath: './wrangler.toml' }, miniflare: { bindings: edgeSecrets } }),
        ],
        test: {
          name: 'edge',
          include: ['test/unit/{edge,shared}/**/*.test.ts'],
          exclude: ['**/*.node.test.ts'],
        },
      },
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          exclude: ['test/unit/edge/**'],
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
