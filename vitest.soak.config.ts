import { defineConfig } from 'vitest/config'

/** `npm run test:soak`: whether processes that go on and on hold on to more and more. */
export default defineConfig({
  test: {
    include: ['test/soak/*.lane.ts'],
    globalSetup: ['test/support/database-server.ts'],
    expect: { requireAssertions: true, poll: { timeout: 20_000 } },
    allowOnly: false,
    // A day, where somebody asks for that many rounds.
    testTimeout: 90_000_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    fileParallelism: false,
    env: { TZ: 'UTC' },
  },
})
