import { defineConfig } from 'vitest/config'

/** `npm run test:crash`: every step that leaves the process, hit in every way, over three real processes. */
export default defineConfig({
  test: {
    include: ['test/crash/*.lane.ts'],
    globalSetup: ['test/support/database-server.ts'],
    // What is waited for is given time: a busy machine must not decide, and one second is little on it.
    expect: { requireAssertions: true, poll: { timeout: 20_000 } },
    allowOnly: false,
    // Whoever keeps what was dealt lets it run for a night.
    testTimeout: process.env['CRASH_LEDGER'] ? 43_200_000 : 2_700_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    fileParallelism: false,
    env: { TZ: 'UTC' },
  },
})
