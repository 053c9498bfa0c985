import { defineConfig } from 'vitest/config'

/** `npm run test:cluster`: what is promised about Kubernetes, held against a real control plane. */
export default defineConfig({
  test: {
    include: ['test/executors/kubernetes/*.test.ts', 'test/clusters/*.test.ts', 'test/**/*.lane.ts'],
    globalSetup: ['test/support/database-server.ts', 'test/clusters/setup.ts'],
    expect: { requireAssertions: true },
    allowOnly: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    // The tests share one controller manager, and some of them stop it for a moment.
    fileParallelism: false,
    env: { TZ: 'UTC' },
  },
})
