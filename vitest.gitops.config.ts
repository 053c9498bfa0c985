import { defineConfig } from 'vitest/config'

/** `npm run test:gitops`: that a rollback is not taken back by what brings Git, held against the real Argo CD and Flux on a real control plane. */
export default defineConfig({
  test: {
    globalSetup: ['test/support/database-server.ts', 'test/gitops/setup.ts'],
    setupFiles: ['test/clusters/after-each-file.ts'],
    include: ['test/gitops/*.lane.ts'],
    allowOnly: false,
    expect: { requireAssertions: true, poll: { timeout: 40_000 } },
    testTimeout: 180_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    maxWorkers: 3,
    isolate: false,
    env: { TZ: 'UTC' },
  },
})
