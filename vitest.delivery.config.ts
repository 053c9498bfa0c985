import { defineConfig } from 'vitest/config'
import { delivery, onRealCluster } from './test/clusters/lane.ts'
import { LongestFirst } from './test/clusters/longest-first.ts'

/** `npm run test:delivery`: canaries beside the rest, what divides their requests, and what brings Git, held against a real control plane. */
export default defineConfig({
  test: {
    globalSetup: ['test/support/database-server.ts', 'test/clusters/setup.ts'],
    allowOnly: false,
    sequence: { sequencer: LongestFirst },
    teardownTimeout: 20_000,
    projects: [
      {
        test: {
          ...onRealCluster,
          name: 'side by side',
          include: delivery.sideBySide,
          maxWorkers: 5,
        },
      },
      {
        test: {
          ...onRealCluster,
          name: 'alone',
          include: delivery.alone,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
