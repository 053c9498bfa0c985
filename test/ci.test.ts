import { execFile } from 'node:child_process'
import { chmodSync, cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { aProject } from './bin/support.ts'

/** Stands where vitest stands: writes `result` where it was asked to and ends with `code`. */
const aRunner = (result: string, code: number) => `
import { writeFileSync } from 'node:fs'
const file = process.argv.find((arg) => arg.startsWith('--outputFile.json=')).split('=')[1]
if (${JSON.stringify(result)}) writeFileSync(file, ${JSON.stringify(result)})
process.exit(${code})
`
const counts = (numPassedTests: number, numFailedTests: number) =>
  JSON.stringify({
    numPassedTests,
    numFailedTests,
    testResults: [
      {
        name: 'test/one.test.ts',
        message: '',
        assertionResults: Array.from({ length: numFailedTests }, (_, at) => ({
          status: 'failed',
          fullName: `number ${at + 1} holds`,
          failureMessages: ['AssertionError: expected 1 to be 2'],
        })),
      },
    ],
  })

/** `npm run` as the lanes say it, in a twentieth of the time: eighteen of them make a run. Whatever else is asked of it fails. */
const npmRun = `#!/bin/sh
[ "$1" = run ] || exit 64
shift
[ "$1" != --silent ] || shift
name=$1
shift
[ "$1" != -- ] || shift
exec sh "scripts/$name" "$@"
`

test('the last line sums up tests and checks', async () => {
  const run = await ciRun({ runner: aRunner(counts(12, 0), 0) })

  expect(run).toMatchObject({ code: 0, last: '29 passed, 0 failed' })
  expect(run.out).not.toContain('what failed')
})

test('a failed test and a failed check are counted, and the run fails', async () => {
  const run = await ciRun({ runner: aRunner(counts(11, 1), 1), types: 'exit 2' })

  expect(run).toMatchObject({ code: 1, last: '27 passed, 2 failed' })
  expect(run.out).toMatch(
    /── what failed, again\ncheck:types\n× test\/one.test.ts › number 1 holds\n {4}AssertionError: expected 1 to be 2\n27 passed/,
  )
})

test('a run of tests that breaks off is a failure, whether or not it left a result', async () => {
  const outside = await ciRun({ runner: aRunner(counts(12, 0), 1) })
  const nothing = await ciRun({ runner: aRunner('', 1) })

  expect(outside).toMatchObject({ code: 1, last: '29 passed, 1 failed' })
  expect(outside.out).toContain('test ended with code 1, but not by a test of its own')
  expect(nothing).toMatchObject({ code: 1, last: '17 passed, 1 failed' })
})

async function ciRun({ runner, types = 'true' }: { runner: string; types?: string }) {
  const scripts = {
    test: 'node runner.mjs',
    'test:race': 'node race.mjs',
    'test:aws': 'node race.mjs',
    'test:migrations': 'node race.mjs',
    'test:unleash': 'node race.mjs',
    'test:docker': 'node race.mjs',
    'test:nginx': 'node race.mjs',
    'test:cluster': 'node race.mjs',
    'test:delivery': 'node race.mjs',
    'test:ended': 'node race.mjs',
    'test:rollouts': 'node race.mjs',
    'test:flagger': 'node race.mjs',
    'test:gitops': 'node race.mjs',
    'test:signals': 'node race.mjs',
    'check:format': 'true',
    'check:lint': 'true',
    'check:types': types,
    'check:unused': 'true',
  }
  const root = aProject({
    'package.json': JSON.stringify({ type: 'module' }),
    'package-lock.json': '{"lockfileVersion":3,"packages":{"":{}}}',
    'node_modules/.package-lock.json': '{"packages":{}}',
    'runner.mjs': runner,
    'race.mjs': aRunner(counts(1, 0), 0),
    'bin/etcd': '#!/bin/sh',
    'bin/initdb': '#!/bin/sh',
    'bin/npm': npmRun,
    ...Object.fromEntries(
      Object.entries(scripts).map(([name, script]) => [`scripts/${name}`, `${script} "$@"`]),
    ),
  })
  for (const name of ['etcd', 'initdb', 'npm']) chmodSync(join(root, 'bin', name), 0o755)
  cpSync('.ci', join(root, '.ci'), { recursive: true })
  return new Promise<{ code: number; last: string | undefined; out: string }>((resolve) => {
    // With an etcd of its own: nothing is installed for a test.
    const env = { ...process.env, PATH: `${join(root, 'bin')}:${process.env['PATH'] ?? ''}` }
    execFile(join(root, '.ci/run'), { env }, (error, out) =>
      resolve({ code: Number(error?.code ?? 0), last: out.trimEnd().split('\n').at(-1), out }),
    )
  })
}
