import { defineConfig } from 'vitest/config'

/** `npm run test:unleash`: what is promised about flags of Unleash, held against the real server with a real PostgreSQL. */
export default defineConfig({
  test: {
    include: ['test/unleash/*.lane.ts'],
    globalSetup: ['test/unleash/setup.ts'],
    expect: { requireAssertions: true, poll: { timeout: 20_000 } },
    allowOnly: false,
    testTimeout: 60_000,
    hookTimeout: 180_000,
    teardownTimeout: 20_000,
    maxWorkers: 1,
    env: { TZ: 'UTC' },
  },
})
