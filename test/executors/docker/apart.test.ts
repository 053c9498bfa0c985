import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { composeCommand } from '#executors/docker/compose-command.ts'
import { NoAnswer } from '#executors/docker/failure.ts'
import { NotAllowed } from '#ports/executor.ts'

let folder = ''
/** Where every user has a folder of their own for what is at work. */
const uid = process.getuid?.() ?? 0
const own = () => join(folder, `countermand-${uid}`)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'apart-'))
  vi.stubEnv('TMPDIR', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})
const signal = () => AbortSignal.timeout(45_000)

/** Stands for Docker's command, and takes its time: what it does is in a file, in its order. */
const slow = `
const fs = require('node:fs')
const [folder] = process.argv.slice(2)
const say = (what) => fs.appendFileSync(folder + '/log', what + String.fromCharCode(10))
say('begins')
const stop = setInterval(() => {
  if (!fs.existsSync(folder)) process.exit(1)
  if (!fs.existsSync(folder + '/go')) return
  clearInterval(stop)
  say('read ' + fs.readFileSync(0, 'utf8').length)
  console.log('done')
}, 10)
`

function aHost(patienceMs = 20_000) {
  writeFileSync(join(folder, 'slow.cjs'), slow)
  return hostIn(folder, patienceMs)
}

const hostIn = (directory: string, usual: number) => ({
  log: () => readFileSync(join(directory, 'log'), 'utf8').trim().split('\n'),
  go: () => writeFileSync(join(directory, 'go'), ''),
  /** Nothing is at work any more, and what it left is put away. */
  isOver: async () => {
    await expect.poll(() => readdirSync(own()), { timeout: 20_000 }).toEqual([])
  },
  up: (patienceMs = usual) =>
    composeCommand({
      connection: { socket: join(directory, 'docker.sock') },
      program: [process.execPath, join(directory, 'slow.cjs'), directory],
      patienceMs,
    }).up(
      { project: 'shop', directory, files: [] },
      'web',
      { scale: 2, fill: false },
      { image: 'a:1' },
      signal(),
    ),
})

test('what takes longer than the wait for it is left to its end, and the next attempt waits for that and starts nothing', async () => {
  const host = aHost()

  await expect(host.up(1_500)).rejects.toThrow(/was not done within 1.5 s; it is left to its end/)
  await expect(host.up(500)).rejects.toThrow(NoAnswer)
  expect(host.log()).toEqual(['begins'])
  host.go()
  await host.isOver()
  const third = await host.up()

  expect(third).toEqual({ code: 0, stdout: 'done\n', stderr: '' })
  expect(host.log()).toEqual(['begins', 'read 36', 'begins', 'read 36'])
})

test('it goes on when the process that started it is killed, and another process waits for it', async () => {
  const host = aHost()
  const starter = `
    import { composeCommand } from '#executors/docker/compose-command.ts'
    const [directory] = process.argv.slice(1)
    const { up } = composeCommand({
      connection: { socket: directory + '/docker.sock' },
      program: [process.execPath, directory + '/slow.cjs', directory],
    })
    await up({ project: 'shop', directory, files: [] }, 'web', 2, { image: 'a:1' }, AbortSignal.timeout(60_000))
  `
  const cwd = fileURLToPath(new URL('../../..', import.meta.url))
  const first = spawn(process.execPath, ['--input-type=module', '-e', starter, folder], { cwd })
  await expect.poll(() => host.log(), { timeout: 20_000 }).toEqual(['begins'])
  first.kill('SIGKILL')
  await new Promise((resolve) => first.once('exit', resolve))

  const next = host.up()
  // It has looked by then: whoever came after it has given up waiting.
  await expect(host.up(500)).rejects.toThrow(NoAnswer)
  host.go()

  await expect(next).rejects.toThrow(/another docker compose up web .* was at work, and has ended/)
  expect(host.log()).toEqual(['begins', 'read 36'])
  expect(await host.up()).toMatchObject({ code: 0 })
})

test('what was left by one that ended is put away', async () => {
  const host = aHost()
  const name = `docker compose up web in project shop on unix://${folder}/docker.sock`
  const left = join(own(), createHash('sha256').update(name).digest('hex'))
  mkdirSync(left, { recursive: true, mode: 0o700 })
  utimesSync(left, 0, 0)

  host.go()
  const done = await host.up()

  expect(done).toMatchObject({ code: 0 })
  await expect.poll(() => readdirSync(own())).toEqual([])
})

test('nothing is started where others may write, or where a link leads', async () => {
  const host = aHost()
  mkdirSync(own())
  chmodSync(own(), 0o777)
  await expect(host.up()).rejects.toThrow(NotAllowed)
  rmSync(own(), { recursive: true })
  mkdirSync(join(folder, 'elsewhere'), { mode: 0o700 })
  symlinkSync(join(folder, 'elsewhere'), own())

  await expect(host.up()).rejects.toThrow('and that nobody else may open; remove it')

  expect(existsSync(join(folder, 'log'))).toBe(false)
})
