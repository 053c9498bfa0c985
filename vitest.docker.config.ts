import { defineConfig } from 'vitest/config'

/** `npm run test:docker`: services of Compose, on a real Docker Engine, and slots of it behind a real nginx. */
export default defineConfig({
  test: {
    include: ['test/docker/*.lane.ts'],
    globalSetup: ['test/docker/setup.ts', 'test/nginx/setup.ts'],
    expect: { requireAssertions: true },
    allowOnly: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 60_000,
    // They share the images of one engine, and one of them takes an image away.
    fileParallelism: false,
    env: { TZ: 'UTC' },
  },
})
