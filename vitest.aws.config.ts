import { defineConfig } from 'vitest/config'

/** `npm run test:aws`: what goes to AWS over the wire, taken by moto. */
export default defineConfig({
  test: {
    include: ['test/aws/*.lane.ts'],
    globalSetup: ['test/aws/setup.ts'],
    expect: { requireAssertions: true },
    allowOnly: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    teardownTimeout: 20_000,
    maxWorkers: 2,
    env: { TZ: 'UTC' },
  },
})
