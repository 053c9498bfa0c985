import { defineConfig } from 'vitest/config'

/** `npm run test:signals`: what is measured and what alerts, held against the real Prometheus and Alertmanager. */
export default defineConfig({
  test: {
    include: ['test/signals/*.lane.ts'],
    globalSetup: ['test/support/database-server.ts', 'test/signals/setup.ts'],
    expect: { requireAssertions: true },
    allowOnly: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    maxWorkers: 2,
    env: { TZ: 'UTC' },
  },
})
