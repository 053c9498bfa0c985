import { defineConfig } from 'vitest/config'

/** `npm run test:flagger`: what is promised about Flagger, held against its real controller on a real control plane. */
export default defineConfig({
  test: {
    globalSetup: ['test/support/database-server.ts', 'test/flagger/setup.ts'],
    setupFiles: ['test/clusters/after-each-file.ts'],
    include: ['test/flagger/*.{test,lane}.ts'],
    // What every executor promises takes a world for each of twenty tests: where Flagger has promoted here, elsewhere on the sandbox's alone.
    exclude: ['test/flagger/contract-{tried,waiting}.test.ts'],
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
