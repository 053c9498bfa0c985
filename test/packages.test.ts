import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { start } from './bin/support.ts'
import { importsOf } from './support/source.ts'

const Manifest = z.object({
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
  optionalDependencies: z.record(z.string(), z.string()),
})
const Lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      resolved: z.string().optional(),
      integrity: z.string().optional(),
      dev: z.boolean().default(false),
      optional: z.boolean().default(false),
      devOptional: z.boolean().default(false),
    }),
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

/** What the Dockerfile copies, as far as Docker is let see it, beside the packages of `npm ci --omit=dev --omit=optional`. */
function asInTheImage(): string {
  const folder = mkdtempSync(join(tmpdir(), 'countermand-image-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const last =
    readFileSync('Dockerfile', 'utf8')
      .split(/^FROM /m)
      .at(-1) ?? ''
  const seen = readFileSync('.dockerignore', 'utf8')
  for (const [, from = '', to = ''] of last.matchAll(/^COPY (?!--from)(.+) (\S+)$/gm))
    for (const one of from.split(' ').filter((path) => seen.includes(`\n!${path}\n`)))
      cpSync(one, to.endsWith('/') ? join(folder, to, one) : join(folder, to), { recursive: true })
  for (const [path, { dev, optional, devOptional }] of installed) {
    if (dev || optional || devOptional || !/^node_modules\/(?:@[^/]+\/)?[^/]+$/.test(path)) continue
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    symlinkSync(resolve(path), join(folder, path))
  }
  return folder
}

test('the image holds the terminal and all that it needs, as docs/break-glass.md has it called there', async () => {
  const folder = asInTheImage()
  const called = /docker exec -it <container> node (\S+)`/.exec(
    readFileSync('docs/break-glass.md', 'utf8'),
  )

  const { code, err } = await start(folder, [called?.[1] ?? '', 'status', 'checkout'], {
    NODE_ENV: 'production',
    COUNTERMAND_CONFIG: resolve('docs/config.example.yaml'),
    COUNTERMAND_DATA: join(folder, 'data'),
    COUNTERMAND_KEY: '0123456789abcdef'.repeat(4),
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
    SLACK_BOT_TOKEN: 'xoxb-1234567890-abcdefghij',
    SLACK_SIGNING_SECRET: '0123456789abcdef'.repeat(2),
  }).ended

  expect(err).toMatch(/^The database does not answer .*add --without-database: it needs two people/)
  expect(code).toBe(1)
})
