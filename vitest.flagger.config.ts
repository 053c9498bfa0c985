import { defineConfig } from 'vitest/config'

/** `npm run test:flagger`: what is promised about Flagger, held against its real controller on a real control plane. */
export default defineConfig({
  test: {
    globalSetup: ['test/support/database-server.ts', 'test/flagger/setup.ts'],
    setupFiles: ['test/clusters/after-each-file.ts'],
    include: ['test/flagger/*.{test,lane}.ts'],
    // A world for each of 36 tests, and of twenty: on the real one, on a busy machine, the first was not over after almost five minutes.
    exclude: ['test/flagger/promoter.test.ts', 'test/flagger/contract-*.test.ts'],
    allowOnly: false,
    expect: { requireAssertions: true, poll: { timeout: 20_000 } },
    testTimeout: 90_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    maxWorkers: 3,
    isolate: false,
    env: { TZ: 'UTC' },
  },
})
