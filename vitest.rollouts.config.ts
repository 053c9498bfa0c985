import { defineConfig } from 'vitest/config'

/** `npm run test:rollouts`: what is promised about Argo Rollouts, held against its real controller on a real control plane. */
export default defineConfig({
  test: {
    include: ['test/rollouts/*.{test,lane}.ts'],
    globalSetup: ['test/support/database-server.ts', 'test/rollouts/setup.ts'],
    setupFiles: ['test/clusters/after-each-file.ts'],
    expect: { requireAssertions: true, poll: { timeout: 20_000 } },
    allowOnly: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    isolate: false,
    maxWorkers: 3,
    env: { TZ: 'UTC' },
  },
})
