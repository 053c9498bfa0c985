import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // One PostgreSQL for the whole run; each file that needs it gets a database of its own.
    globalSetup: ['test/support/database-server.ts'],
    setupFiles: ['test/support/same-examples.ts'],
    // A test without an assertion fails, and so does a forgotten `.only`.
    // What is waited for is given time: a busy machine must not decide, and one second is little on it.
    expect: { requireAssertions: true, poll: { timeout: 20_000 } },
    allowOnly: false,
    // Long, because a busy machine is no fault: every wait inside a test has its own limit, and says what it waited for.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    teardownTimeout: 20_000,
    // A process serves many files: to start one for each, and to load everything anew, took a quarter of the time.
    isolate: false,
    // One more than the processors of a small machine: much of a test is waiting, but more workers only wait for each other.
    maxWorkers: 3,
    env: { TZ: 'UTC' },
  },
})
