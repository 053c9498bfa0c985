import { defineConfig } from 'vitest/config'

/** `npm run test:chaos`: what is promised about faults between us and everything else, and about processes that end. */
export default defineConfig({
  test: {
    include: ['test/{chaos,cli,http}/*.lane.ts'],
    globalSetup: ['test/support/database-server.ts'],
    // What is waited for is given time: a busy machine must not decide, and one second is little on it.
    expect: { requireAssertions: true, poll: { timeout: 20_000 } },
    allowOnly: false,
    testTimeout: 90_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    maxWorkers: 2,
    env: { TZ: 'UTC' },
  },
})
