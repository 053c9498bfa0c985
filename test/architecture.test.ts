import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { importsOf, sourceOf, sqlOf } from './support/source.ts'

interface Row {
  /** Rooms and files of `src/` that may be imported; rooms of rows above this one only. */
  readonly from: readonly string[]
  readonly packages: readonly string[]
  /** What of Node itself may be used; `*` is all of it. */
  readonly node: readonly string[]
}

const inner = ['domain', 'ports']
const surface = ['domain', 'ports', 'workflows']

/** Who may import whom, in the order a newcomer should read the rooms. This table is the law. */
const law: Readonly<Record<string, Row>> = {
  domain: { from: [], packages: [], node: [] },
  ports: { from: ['domain'], packages: [], node: [] },
  workflows: { from: inner, packages: [], node: ['crypto'] },
  'tenures.ts': { from: ['ports'], packages: [], node: ['async_hooks'] },
  'clock.ts': { from: ['ports'], packages: [], node: ['timers/promises'] },
  'ids.ts': { from: inner, packages: [], node: ['crypto'] },
  'scrub.ts': { from: [], packages: [], node: [] },
  'turns.ts': { from: [], packages: [], node: [] },
  'keys.ts': { from: [], packages: [], node: ['crypto', 'fs', 'path'] },
  'addresses.ts': { from: [], packages: [], node: ['dns/promises', 'net'] },
  'no-answer.ts': { from: [], packages: [], node: [] },
  'pinned-request.ts': { from: ['addresses.ts'], packages: [], node: ['http', 'https'] },
  'log.ts': { from: ['scrub.ts'], packages: ['pino'], node: [] },
  config: {
    from: ['domain', 'addresses.ts'],
    packages: ['yaml', 'zod'],
    node: ['crypto', 'fs', 'path'],
  },
  'config.ts': {
    from: ['domain', 'config', 'keys.ts'],
    packages: ['zod'],
    node: ['crypto', 'path'],
  },
  inbound: { from: inner, packages: ['zod'], node: ['crypto'] },
  executors: {
    from: [...inner, 'addresses.ts', 'pinned-request.ts'],
    node: [
      'child_process',
      'crypto',
      'fs',
      'fs/promises',
      'http',
      'https',
      'module',
      'os',
      'path',
      'stream/promises',
      'timers/promises',
      'util',
    ],
    packages: [
      '@aws-sdk/client-codedeploy',
      '@aws-sdk/client-ecs',
      '@aws-sdk/client-elastic-load-balancing-v2',
      '@azure/arm-cosmosdb',
      '@azure/arm-trafficmanager',
      '@azure/identity',
      '@kubernetes/client-node',
      'pg',
      'yaml',
      'zod',
    ],
  },
  metrics: {
    from: [...inner, 'addresses.ts', 'no-answer.ts', 'pinned-request.ts'],
    packages: ['@aws-sdk/client-cloudwatch', 'zod'],
    node: ['timers/promises'],
  },
  flags: {
    from: [...inner, 'addresses.ts', 'no-answer.ts', 'pinned-request.ts'],
    packages: ['zod'],
    node: [],
  },
  pagers: {
    from: [...inner, 'addresses.ts', 'no-answer.ts', 'pinned-request.ts'],
    packages: [],
    node: [],
  },
  directory: { from: inner, packages: ['@slack/web-api', 'zod'], node: [] },
  identity: {
    from: [...inner, 'config', 'executors'],
    packages: ['openid-client', 'zod'],
    node: ['crypto'],
  },
  pictures: {
    from: ['ports'],
    packages: ['@resvg/resvg-wasm'],
    node: ['fs/promises', 'url'],
  },
  announcers: { from: inner, packages: ['zod'], node: [] },
  postgres: {
    from: inner,
    packages: ['graphile-worker', 'pg', 'postgres-migrations', 'zod'],
    node: ['*'],
  },
  jobs: {
    from: surface,
    packages: ['graphile-worker', 'pg', 'zod'],
    node: ['crypto', 'events', 'timers/promises'],
  },
  slack: {
    from: [...surface, 'pictures'],
    packages: ['@slack/bolt', '@slack/types', '@slack/web-api', 'date-fns', 'fastify', 'zod'],
    node: ['crypto', 'timers/promises'],
  },
  http: {
    from: [...surface, 'inbound'],
    packages: ['fastify', 'prom-client', 'zod'],
    node: ['crypto', 'perf_hooks'],
  },
  journal: { from: inner, packages: ['zod'], node: ['crypto', 'fs', 'path', 'sqlite'] },
  cli: {
    from: [...surface, 'config', 'inbound', 'pictures'],
    packages: ['zod'],
    node: ['fs', 'util'],
  },
  'database.ts': {
    from: ['ports', 'postgres', 'config.ts', 'log.ts'],
    packages: [],
    node: ['path'],
  },
  'archive.ts': {
    from: [...surface, 'postgres', 'cli', 'keys.ts', 'log.ts'],
    packages: ['pg'],
    node: [],
  },
  'outside.ts': {
    from: [...inner, 'config', 'config.ts', 'executors', 'flags', 'metrics', 'pagers'],
    packages: [],
    node: [],
  },
  'world.ts': { from: ['*'], packages: [], node: [] },
  'house.ts': { from: ['*'], packages: [], node: ['path'] },
  'wire.ts': { from: ['*'], packages: ['*'], node: ['*'] },
  sandbox: { from: ['*'], packages: ['*'], node: ['*'] },
  examination: { from: ['*'], packages: [], node: ['fs', 'path'] },
  'opening.ts': { from: [], packages: [], node: [] },
  'told.ts': { from: [], packages: [], node: [] },
  'start.ts': { from: ['*'], packages: [], node: ['*'] },
  terminal: { from: ['*'], packages: ['@slack/types', 'pg', 'zod'], node: ['*'] },
  'terminal.ts': { from: ['*'], packages: [], node: ['*'] },
  'zod-in-english.ts': { from: [], packages: ['zod'], node: ['module'] },
  'main.ts': { from: ['*'], packages: [], node: ['*'] },
}

/** The longest a file may be, in lines; examples in tests may go on for longer than code. */
const longest = (file: string): number => (file.startsWith('test/') ? 450 : 300)

/** Files that need their length, and why. */
const longFiles: Readonly<Record<string, string>> = {}

const sources = globSync('src/**/*.{ts,js}').toSorted()
const everything = globSync('{src,test,bin,bench}/**/*.{ts,js,mjs}', {
  exclude: ['test/fixtures/**'],
}).toSorted()
const rooms = Object.keys(law)
const roomOf = (file: string): string => file.split('/')[1] ?? ''

test('every room has a row in the table, and imports only from rows above it', () => {
  const withoutRow = [...new Set(sources.map(roomOf))].filter((room) => !rooms.includes(room))
  const upwards = rooms.flatMap((room, at) =>
    (law[room]?.from ?? [])
      .filter((from) => from !== '*' && !rooms.slice(0, at).includes(from))
      .map((from) => `${room} must not see ${from}: it stands below it`),
  )

  expect(withoutRow).toEqual([])
  expect(upwards).toEqual([])
})

test('imports point inwards', () => {
  const wrong = sources
    .filter((file) => !file.includes('/page/'))
    .flatMap((file) =>
      importsOf(file).flatMap((imported) => {
        const why = offence(file, imported)
        return why === undefined ? [] : [`${file} imports ${imported}: ${why}`]
      }),
    )

  expect(wrong).toEqual([])
})

test('no room reaches itself through others', () => {
  const reached = new Map(
    rooms.map((room) => [
      room,
      new Set(
        sources
          .filter((file) => roomOf(file) === room)
          .flatMap((file) =>
            importsOf(file)
              .filter((imported) => /^[#.]/.test(imported))
              .map((imported) => roomOf(pathOf(file, imported))),
          )
          .filter((other) => other !== room),
      ),
    ]),
  )
  const circles = (room: string, trail: readonly string[]): readonly string[] =>
    trail.includes(room)
      ? [[...trail, room].join(' → ')]
      : [...(reached.get(room) ?? [])].flatMap((next) => circles(next, [...trail, room]))

  expect(rooms.flatMap((room) => circles(room, []))).toEqual([])
  expect(reached.get('workflows')).toContain('domain')
})

test('a file has one subject: it is not long, unless it says why', () => {
  const length = (file: string) => readFileSync(file, 'utf8').split('\n').length - 1
  const long = everything.filter((file) => length(file) > longest(file))

  expect(long.filter((file) => !(file in longFiles))).toEqual([])
  expect(Object.keys(longFiles).filter((file) => !long.includes(file))).toEqual([])
})

test('T074 SQL is written out: no value and no name is pasted into it', () => {
  const pasted = sources
    .filter((file) => !file.startsWith('src/sandbox/'))
    .flatMap((file) =>
      sqlOf(file)
        .filter((sql) => sql.includes('${'))
        .map((sql) => `${file}: ${sql}`),
    )

  expect(pasted).toEqual([])
  expect(sqlOf('src/postgres/revisions.ts').length).toBeGreaterThan(0)
})

test('T050 no statement reads the time at which its transaction began', () => {
  const clocks =
    /(?<![.\w])now\(\)|\b(?:current_timestamp|localtimestamp|statement_timestamp\(\)|transaction_timestamp\(\))/i
  const statements = [
    ...sources.flatMap((file) => sqlOf(file).map((sql) => ({ file, sql }))),
    ...globSync('migrations/*.sql').map((file) => ({ file, sql: sourceOf(file) })),
  ]

  expect(statements.filter(({ sql }) => clocks.test(sql))).toEqual([])
  expect(clocks.test('update t set at = now()')).toBe(true)
})

test('the domain and the workflows read no clock and throw no dice', () => {
  const clocks = /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bMath\.random\(|\brandomUUID\(/
  const wrong = sources
    .filter((file) => ['domain', 'workflows', 'ports'].includes(roomOf(file)))
    .filter((file) => clocks.test(sourceOf(file)))

  expect(wrong).toEqual([])
})

test('T061 no shell is ever started', () => {
  const shell = /(?<![.\w])exec(?:Sync)?\(|\bshell:\s*(?:true|['"`])/

  expect(everything.filter((file) => shell.test(sourceOf(file)))).toEqual([])
})

test('of the platforms only Docker’s own command, nginx and the tools of a database are started, by the files that are named here, with a list of arguments', () => {
  const starting = sources.filter(
    (file) => roomOf(file) === 'executors' && importsOf(file).includes('node:child_process'),
  )

  expect(starting).toEqual([
    'src/executors/database/keeper.ts',
    'src/executors/database/run.ts',
    'src/executors/docker/apart.ts',
    'src/executors/docker/compose-command.ts',
    'src/executors/nginx/program.ts',
  ])
  expect(
    starting.filter(
      (file) => !/import \{ (execFile|spawn|execFile, spawn) \} from/.test(sourceOf(file)),
    ),
  ).toEqual([])
  expect(starting.filter((file) => /\bshell:/.test(sourceOf(file)))).toEqual([])
})

test('T002 whoever checks a code that others send compares it in constant time', () => {
  const checking = sources.filter(
    (file) =>
      ['slack', 'http', 'inbound'].includes(roomOf(file)) && sourceOf(file).includes('createHmac('),
  )

  expect(checking).toContain('src/slack/admission/verify.ts')
  expect(checking).toContain('src/inbound/authenticate.ts')
  expect(checking.filter((file) => !sourceOf(file).includes('timingSafeEqual('))).toEqual([])
})

test('the law names the offender and both sides', () => {
  const view = 'src/slack/views/card.ts'

  expect(offence('src/domain/ids.ts', 'zod')).toBe('domain may use no package')
  expect(offence('src/domain/ids.ts', 'node:fs')).toBe('domain may use nothing of Node')
  const refusal = 'slack may import domain, ports, workflows, pictures, not postgres'
  expect(offence(view, '#postgres/store.ts')).toBe(refusal)
  expect(offence(view, '../../postgres/store.ts')).toBe(refusal)
  expect(offence(view, '../parts.ts')).toBeUndefined()
  expect(offence(view, '#domain/ids.ts')).toBeUndefined()
})

/** Why `file` may not import this; `undefined` when it may. */
function offence(file: string, imported: string): string | undefined {
  const room = roomOf(file)
  const row = law[room]
  if (!row) return `${room} has no row in the table`
  const all = (list: readonly string[], nothing: string) => list.join(', ') || nothing
  if (imported.startsWith('#') || imported.startsWith('.')) {
    const to = roomOf(pathOf(file, imported))
    return to === room || allows(row.from, to)
      ? undefined
      : `${room} may import ${all(row.from, 'no other room')}, not ${to}`
  }
  if (imported.startsWith('node:'))
    return allows(row.node, imported.slice('node:'.length))
      ? undefined
      : `${room} may use ${all(row.node, 'nothing')} of Node`
  return allows(row.packages, packageOf(imported))
    ? undefined
    : `${room} may use ${all(row.packages, 'no package')}`
}

const pathOf = (file: string, imported: string) =>
  imported.startsWith('#') ? `src/${imported.slice(1)}` : join(dirname(file), imported)
const allows = (list: readonly string[], name: string) => list.includes('*') || list.includes(name)
const packageOf = (imported: string) =>
  imported
    .split('/')
    .slice(0, imported.startsWith('@') ? 2 : 1)
    .join('/')
