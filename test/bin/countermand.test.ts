import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { aProject, npmStart, start } from './support.ts'

/** Speaks once it listens for signals: its first words are what the tests wait for. */
const main = `
if (process.argv[2] === 'wait') setInterval(() => {}, 1000)
if (process.argv[3] === 'politely') process.on('SIGTERM', () => process.exit(7))
console.log(JSON.stringify({ pid: process.pid, args: process.argv.slice(2) }))
if (process.argv[2] === 'exit') process.exit(Number(process.argv[3]))
`

/** Lets the first process believe that its Node is old; the one it starts again is what it is. */
const old = `
if (process.env.COUNTERMAND_STARTED_AGAIN === undefined)
  Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })
`

const calm = `
import { writeFileSync } from 'node:fs'
setInterval(() => {}, 1000)
// Takes its time, and a second signal would cut it short.
process.once('SIGTERM', () =>
  setTimeout(() => {
    writeFileSync('ended-calmly', '')
    process.exit(0)
  }, 1200),
)
console.log(JSON.stringify({ pid: process.pid }))
`

function aMachine({ withNewNode }: { readonly withNewNode: boolean }): string {
  const root = aProject({ 'src/main.ts': main, 'old.mjs': old })
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true })
  if (withNewNode) symlinkSync(process.execPath, join(root, 'node_modules/.bin/node'))
  return root
}

const onOldNode = (root: string, ...args: readonly string[]) =>
  start(root, ['--import', './old.mjs', 'bin/countermand.mjs', ...args])

const pidOf = (text: string): number => Number(/"pid":(\d+)/.exec(text)?.[1])

test('on a new enough Node it simply starts', async () => {
  const ended = await start(aMachine({ withNewNode: false }), ['bin/countermand.mjs', 'a', 'b c'])
    .ended

  expect(ended.code).toBe(0)
  expect(JSON.parse(ended.out)).toMatchObject({ args: ['a', 'b c'] })
})

test('on an old Node it starts again on the one that npm installed, with the same words and exit code', async () => {
  const root = aMachine({ withNewNode: true })

  const ended = await onOldNode(root, 'exit', '3').ended

  expect(ended.code).toBe(3)
  expect(JSON.parse(ended.out)).toMatchObject({ args: ['exit', '3'] })
})

test('on an old Node without another it says so in one sentence', async () => {
  const ended = await onOldNode(aMachine({ withNewNode: false })).ended

  expect(ended.code).toBe(1)
  expect(ended.out).toBe('')
  expect(ended.err).toMatch(/^Countermand needs Node 24 or newer; this is v\d+.*\n$/)
})

test('a signal goes in, and what it leads to comes out', async () => {
  const root = aMachine({ withNewNode: true })
  const polite = onOldNode(root, 'wait', 'politely')
  const blunt = onOldNode(root, 'wait')
  await Promise.all([polite.firstWords(), blunt.firstWords()])

  polite.child.kill('SIGTERM')
  blunt.child.kill('SIGINT')

  expect(await polite.ended).toMatchObject({ code: 7, signal: null })
  expect(await blunt.ended).toMatchObject({ code: null, signal: 'SIGINT' })
})

test('when the first process is killed outright, the second does not stay behind', async () => {
  const started = onOldNode(aMachine({ withNewNode: true }), 'wait')
  const pid = pidOf(await started.firstWords())
  expect(runs(pid)).toBe(true)

  started.child.kill('SIGKILL')

  await expect.poll(() => runs(pid)).toBe(false)
})

test.runIf(process.platform === 'linux').each(['SIGTERM', 'SIGKILL'] as const)(
  'when npm is ended by %s, what it started stops calmly and does not stay behind',
  async (signal) => {
    const root = aProject({
      'src/main.ts': calm,
      'package.json': '{"type":"module","scripts":{"start":"node bin/countermand.mjs"}}',
    })
    mkdirSync(join(root, 'node_modules/.bin'), { recursive: true })
    symlinkSync(process.execPath, join(root, 'node_modules/.bin/node'))
    const npm = npmStart(root)
    const pid = pidOf(await npm.firstWords(/"pid"/))
    expect(runs(pid)).toBe(true)

    npm.child.kill(signal)

    await expect.poll(() => runs(pid)).toBe(false)
    expect(existsSync(join(root, 'ended-calmly'))).toBe(true)
  },
)

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
