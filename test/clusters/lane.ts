/** What every lane on a real control plane goes by. */
export const onRealCluster = {
  // What is waited for is given time: a busy machine must not decide, and one second is little on it.
  expect: { requireAssertions: true, poll: { timeout: 20_000 } },
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // A process serves many files: to start one for each, and to load everything anew, took a sixth of the work.
  isolate: false,
  setupFiles: ['test/clusters/after-each-file.ts'],
  env: { TZ: 'UTC' },
}

/** Versions that arrive by degrees, by a route or by Git, `npm run test:delivery`; the rest is `npm run test:cluster`. */
export const delivery = {
  sideBySide: [
    'test/executors/kubernetes/{plain-canary,canary-share,rollout-versions}.test.ts',
    'test/executors/kubernetes/{promoter-,promotion-,traffic-,blue-,gitops}*.test.ts',
    'test/executors/kubernetes/contract-{traffic,canary,blue-green}*.{test,lane}.ts',
    'test/executors/kubernetes/promoter-colours.lane.ts',
  ],
  /** It defines kinds, which all share. */
  alone: ['test/clusters/custom-resources.lane.ts'],
}
