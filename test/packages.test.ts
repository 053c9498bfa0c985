import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { importsOf } from './support/source.ts'

const Manifest = z.object({
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
  optionalDependencies: z.record(z.string(), z.string()),
})
const Lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({ resolved: z.string().optional(), integrity: z.string().optional() }),
  ),
})
const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))
const manifest = Manifest.parse(read('package.json'))
const installed = Object.entries(Lockfile.parse(read('package-lock.json')).packages).filter(
  ([path]) => path !== '',
)

test('what the server imports is there in production, where only dependencies are installed', () => {
  const imported = globSync('src/**/*.ts')
    .flatMap(importsOf)
    .filter((name) => !/^(?:[#.]|node:)/.test(name))
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    )

  expect([...new Set(imported)].filter((name) => !(name in manifest.dependencies))).toEqual([])
  expect(imported).toContain('pg')
})

test('every package is pinned to one version', () => {
  const versions = Object.values(manifest).flatMap((group) => Object.entries(group))

  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([])
})

test('T158 the lockfile names contents, not hosts, so that nobody can point it elsewhere', () => {
  expect(installed.filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
  expect(installed.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))).toEqual([])
  expect(installed.length).toBeGreaterThan(100)
})

test('the image starts the server as npm start does', () => {
  const { scripts } = z
    .object({ scripts: z.object({ start: z.string() }) })
    .parse(read('package.json'))
  const command = /^CMD (.*)$/m.exec(readFileSync('Dockerfile', 'utf8'))?.[1] ?? '[]'

  expect(z.array(z.string()).parse(JSON.parse(command)).join(' ')).toBe(scripts.start)
})
