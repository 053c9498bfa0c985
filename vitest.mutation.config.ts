import { defineConfig } from 'vitest/config'

/** What each mutant is held against: tests that need no database, so that a run takes minutes. */
export default defineConfig({
  test: {
    include: ['test/domain/**/*.test.ts', 'test/model/approval.pure.test.ts'],
    exclude: ['test/domain/canary/**', 'test/domain/schedule/**'],
    env: { TZ: 'UTC', MODEL_RUNS: '60' },
  },
})
