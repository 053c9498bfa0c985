import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/clusters/longest-first.ts'

/** These stop the controllers for a moment, or change what all share: rights, kinds, policies. */
const alone = ['test/executors/kubernetes/{lagging,rights}.test.ts', 'test/clusters/*.lane.ts']
const common = {
  // What is waited for is given time: a busy machine must not decide, and one second is little on it.
  expect: { requireAssertions: true, poll: { timeout: 20_000 } },
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // A process serves many files: to start one for each, and to load everything anew, took a sixth of the work.
  isolate: false,
  setupFiles: ['test/clusters/after-each-file.ts'],
  env: { TZ: 'UTC' },
}

/** `npm run test:cluster`: what is promised about Kubernetes, held against a real control plane, which all tests share. */
export default defineConfig({
  test: {
    globalSetup: ['test/support/database-server.ts', 'test/clusters/setup.ts'],
    allowOnly: false,
    sequence: { sequencer: LongestFirst },
    teardownTimeout: 20_000,
    projects: [
      {
        test: {
          ...common,
          name: 'side by side',
          include: [
            'test/executors/kubernetes/*.test.ts',
            'test/clusters/*.test.ts',
            'test/{control-plane,scenarios}/*.lane.ts',
          ],
          // What is the proxy's doing is the same on both.
          exclude: [...alone, 'test/executors/kubernetes/{holder-troubled,held-by}.test.ts'],
          // Most of them wait most of the time.
          maxWorkers: 5,
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
