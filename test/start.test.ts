import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

/** Fails where nobody waits, when it is told to by a signal. Its own text stands in the stack, so it holds no secret. */
const trap = `data:text/javascript,${encodeURIComponent(
  `process.on('SIGUSR2', () => { Promise.reject(new Error('nobody waits, ' + process.env.SAID)) })`,
)}`

test('T117 after a failure that nobody waited for it says so, hands over, and ends with an error', async () => {
  const child = spawn(process.execPath, ['--import', trap, 'src/main.ts'], {
    env: {
      PATH: process.env['PATH'],
      SAID: 'Bearer abcdef0123456789',
      PORT: '0',
      METRICS_PORT: '0',
      COUNTERMAND_DATA: mkdtempSync(join(tmpdir(), 'countermand-start-')),
    },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  child.stdout.on('data', (text) => (said += text))
  child.stderr.on('data', (text) => (said += text))
  const ended = once(child, 'exit')
  await expect.poll(() => said, { timeout: 120_000 }).toContain('Open  http://')

  child.kill('SIGUSR2')
  const [code] = await ended

  expect(code).toBe(1)
  expect(said).toContain('Something failed that nobody waited for')
  expect(said).toContain('nobody waits, ')
  expect(said).not.toContain('abcdef0123456789')
}, 180_000)

const secret = 'no_token-but-secret-0123456789'

test.each([
  ['the server', [], 1],
  ['a command', ['policy', 'check', 'test/fixtures/config/everything-wrong.yaml'], 1],
  ['a command that repeats what was typed', ['frobnicate', secret], 2],
])('T159 %s prints no secret, whatever is wrong with its variables', async (_what, words, exit) => {
  const child = spawn(process.execPath, ['src/main.ts', ...words], {
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      SLACK_BOT_TOKEN: secret,
      SLACK_SIGNING_SECRET: `${secret}-2`,
      DATABASE_URL: `postgres://u:${secret}-3@nowhere.invalid/x`,
      COUNTERMAND_KEY: `${secret}-4`,
    },
  })
  let said = ''
  child.stdout.on('data', (text) => (said += text))
  child.stderr.on('data', (text) => (said += text))

  const [code] = await once(child, 'exit')

  expect(code).toBe(exit)
  expect(said).not.toBe('')
  expect(said).not.toContain(secret)
})
