import { defineConfig } from 'vitest/config'

/** `npm run test:migrations`: schemas on a whole PostgreSQL, moved by the real dbmate and golang-migrate. */
export default defineConfig({
  test: {
    include: ['test/migrations/*.lane.ts'],
    globalSetup: ['test/migrations/setup.ts'],
    expect: { requireAssertions: true },
    allowOnly: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    teardownTimeout: 20_000,
    maxWorkers: 2,
    env: { TZ: 'UTC' },
  },
})
