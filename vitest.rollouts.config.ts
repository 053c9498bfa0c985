import { defineConfig } from 'vitest/config'

/** These stop the controller for a moment, and everybody's Rollouts with it. */
const alone = ['test/rollouts/promoting.lane.ts']
const common = {
  setupFiles: ['test/clusters/after-each-file.ts'],
  expect: { requireAssertions: true, poll: { timeout: 20_000 } },
  testTimeout: 60_000,
  hookTimeout: 60_000,
  isolate: false,
  env: { TZ: 'UTC' },
}

/** `npm run test:rollouts`: what is promised about Argo Rollouts, held against its real controller on a real control plane. */
export default defineConfig({
  test: {
    globalSetup: ['test/support/database-server.ts', 'test/rollouts/setup.ts'],
    allowOnly: false,
    teardownTimeout: 20_000,
    projects: [
      {
        test: {
          ...common,
          name: 'side by side',
          include: ['test/rollouts/*.{test,lane}.ts'],
          exclude: alone,
          maxWorkers: 3,
        },
      },
      {
        test: {
          ...common,
          name: 'alone',
          include: alone,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
