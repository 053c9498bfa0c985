import { defineConfig } from 'vitest/config'
import { delivery, onRealCluster } from './test/clusters/lane.ts'
import { LongestFirst } from './test/clusters/longest-first.ts'

/** These stop the controllers for a moment, or change what all share: rights, kinds, policies. */
const alone = ['test/executors/kubernetes/{lagging,rights}.test.ts', 'test/clusters/*.lane.ts']
/** `npm run test:cluster`: what is promised about Kubernetes, held against a real control plane, which all tests share; `npm run test:delivery` is its other half. */
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
          include: [
            'test/executors/kubernetes/*.test.ts',
            'test/clusters/*.test.ts',
            'test/{control-plane,scenarios}/*.lane.ts',
          ],
          // What is the proxy's doing is the same on both.
          exclude: [
            ...alone,
            ...delivery.sideBySide,
            'test/executors/kubernetes/{holder-troubled,held-by}.test.ts',
          ],
          // Most of them wait most of the time.
          maxWorkers: 5,
        },
      },
      {
        test: {
          ...onRealCluster,
          name: 'alone',
          include: alone,
          exclude: delivery.alone,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
