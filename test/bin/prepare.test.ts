import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { aProject, start } from './support.ts'

const lockfile = (version: string) =>
  JSON.stringify({
    name: 'project',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'project', dependencies: { tiny: 'file:tiny' } },
      'node_modules/tiny': { resolved: 'tiny', link: true },
      tiny: { version },
    },
  })

/** A project whose only package lies in its own folder, so that nothing is fetched. */
const aLocalProject = (changes: Readonly<Record<string, string>> = {}) =>
  aProject({
    'package.json': '{"name":"project","type":"module","dependencies":{"tiny":"file:tiny"}}',
    'package-lock.json': lockfile('1.0.0'),
    'tiny/package.json': '{"name":"tiny","version":"1.0.0"}',
    ...changes,
  })

const prepare = (root: string, variables: Readonly<Record<string, string>> = {}) =>
  start(root, ['bin/prepare.mjs'], variables).ended

test('installs what is missing, once', async () => {
  const root = aLocalProject()

  const first = await prepare(root)
  const installed = statSync(join(root, 'node_modules/.package-lock.json')).mtimeMs
  const second = await prepare(root)

  expect(first).toMatchObject({ code: 0, err: expect.stringContaining('Installing packages') })
  expect(second).toMatchObject({ code: 0, err: '', out: '' })
  expect(statSync(join(root, 'node_modules/.package-lock.json')).mtimeMs).toBe(installed)
  expect(existsSync(join(root, '.countermand/installing'))).toBe(false)
})

test('installs again when the lockfile asks for something else, or a package is gone', async () => {
  const root = aLocalProject()
  await prepare(root)

  writeFileSync(join(root, 'package-lock.json'), lockfile('1.0.1'))
  writeFileSync(join(root, 'tiny/package.json'), '{"name":"tiny","version":"1.0.1"}')
  const changed = await prepare(root)
  rmSync(join(root, 'node_modules/tiny'), { recursive: true })
  const gone = await prepare(root)

  expect(changed).toMatchObject({ code: 0, err: expect.stringContaining('Installing') })
  expect(gone).toMatchObject({ code: 0, err: expect.stringContaining('Installing') })
  expect(readFileSync(join(root, 'node_modules/tiny/package.json'), 'utf8')).toContain('1.0.1')
})

test('three at once install once and all succeed', async () => {
  const root = aLocalProject()

  const all = await Promise.all([prepare(root), prepare(root), prepare(root)])

  expect(all.map(({ code }) => code)).toEqual([0, 0, 0])
  expect(all.filter(({ err }) => err.includes('Installing'))).toHaveLength(1)
})

test('the lock of a start that was killed is put aside', async () => {
  const root = aLocalProject()
  const dead = spawn(process.execPath, ['-e', ''])
  await new Promise((resolve) => dead.on('close', resolve))
  holdLock(root, dead.pid)

  expect(await prepare(root)).toMatchObject({ code: 0 })
  expect(existsSync(join(root, 'node_modules/tiny/package.json'))).toBe(true)
})

test('while the npm of a killed start still runs, nobody else begins', async () => {
  const root = aLocalProject()
  const dead = spawn(process.execPath, ['-e', ''])
  await new Promise((resolve) => dead.on('close', resolve))
  const orphan = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  holdLock(root, dead.pid, orphan.pid)

  const waiting = start(root, ['bin/prepare.mjs'])
  await new Promise((resolve) => waiting.child.stderr.once('data', resolve))
  const began = existsSync(join(root, 'node_modules'))
  orphan.kill('SIGKILL')

  expect(began).toBe(false)
  expect(await waiting.ended).toMatchObject({ code: 0, err: expect.stringContaining('waiting') })
})

test('without a registry the sentence says so', async () => {
  const root = aProject({
    'package.json': '{"name":"project","dependencies":{"absent":"1.0.0"}}',
    'package-lock.json': JSON.stringify({
      name: 'project',
      lockfileVersion: 3,
      requires: true,
      packages: {
        '': { name: 'project', dependencies: { absent: '1.0.0' } },
        'node_modules/absent': { version: '1.0.0', integrity: `sha512-${'A'.repeat(86)}==` },
      },
    }),
  })

  const ended = await prepare(root, {
    npm_config_registry: 'http://127.0.0.1:9',
    npm_config_fetch_retries: '0',
  })

  expect(ended.code).toBe(1)
  expect(ended.err).toContain('the npm registry cannot be reached; connect once')
  expect(existsSync(join(root, '.countermand/installing'))).toBe(false)
})

test('a lockfile that does not fit, or none, is named', async () => {
  const unfit = await prepare(aLocalProject({ 'package.json': '{"dependencies":{"other":"1"}}' }))
  const none = await prepare(aProject({}))

  expect(unfit).toMatchObject({ code: 1, err: expect.stringContaining('do not fit') })
  expect(none).toMatchObject({
    code: 1,
    err: 'package-lock.json is missing or broken: restore it from the repository.\n',
  })
})

function holdLock(root: string, pid: number | undefined, child?: number) {
  const path = join(root, '.countermand/installing')
  mkdirSync(path, { recursive: true })
  const owner = { token: 'another', pid, child, host: hostname() }
  writeFileSync(join(path, 'owner.json'), JSON.stringify(owner))
}
