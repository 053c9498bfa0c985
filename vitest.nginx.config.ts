import { defineConfig } from 'vitest/config'

/** `npm run test:nginx`: two slots behind a real nginx. */
export default defineConfig({
  test: {
    include: ['test/nginx/*.lane.ts'],
    globalSetup: ['test/nginx/setup.ts'],
    expect: { requireAssertions: true },
    allowOnly: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    maxWorkers: 2,
    env: { TZ: 'UTC' },
  },
})
