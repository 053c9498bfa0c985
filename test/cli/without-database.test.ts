import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmbedded } from '#postgres/embedded.ts'
import { shipBad } from '#sandbox/shop/shipments.ts'
import { silent } from '../support/database-server.ts'
import { deskWorld, type Ran } from './desk-world.ts'

let desk: Awaited<ReturnType<typeof deskWorld>>
let server: Awaited<ReturnType<typeof startEmbedded>>
let journal = ''
const startServer = () => startEmbedded({ dataDir: join(desk.folder, 'postgres'), log: silent })
/** The terminal's own database; the shop's bot has another one. */
const around = () => ({ variables: { DATABASE_URL: server.url } })
/** The same, as where no address is given. */
const builtIn = () => ({ variables: { DATABASE_URL: 'embedded' } })

beforeAll(async () => {
  // Times are this machine's own here: nothing can be moved forward.
  desk = await deskWorld({ more: 'policy: { verifyWindowSeconds: 2, verifyEverySeconds: 1 }' })
  server = await startServer()
  // Brings the database up to date.
  await desk.types([], ['status'], [], around())
  shipBad(desk.world.cluster, 'checkout', 'errors')
})
afterAll(async () => {
  await server.stop()
  await desk.close()
})

const offline = [
  'rollback',
  'checkout',
  '--without-database',
  '--reason',
  'errors, and the database is away',
]
const lastLine = ({ err }: Ran): string | undefined => err.split('\n').at(-1)

async function asOwner(...statements: readonly string[]): Promise<void> {
  const client = new Client(server.url)
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

async function events(): Promise<
  readonly { kind: string; at: Date; actor: string; payload: Record<string, unknown> }[]
> {
  const client = new Client(server.url)
  await client.connect()
  try {
    const { rows } = await client.query<{
      kind: string
      at: Date
      actor: string
      payload: Record<string, unknown>
    }>('SELECT kind, at, actor, payload FROM timeline_events ORDER BY stream_id, seq')
    return rows
  } finally {
    await client.end()
  }
}

test('a database that works is not passed by', async () => {
  const refused = await desk.types(['vp', 'ceo'], offline, ['checkout', 'checkout'], around())

  expect(refused).toMatchObject({ code: 1, out: '' })
  expect(lastLine(refused)).toContain('The database answers and takes what is written')
  expect(desk.journals()).toEqual([])
})

test('nor is the built-in one, whether it runs or must be started first', async () => {
  const running = await desk.types(['vp', 'ceo'], offline, ['checkout', 'checkout'], builtIn())
  await server.stop()
  const stopped = await desk.types(['vp', 'ceo'], offline, ['checkout', 'checkout'], builtIn())
  server = await startServer()

  for (const refused of [running, stopped]) {
    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(lastLine(refused)).toContain('The database answers and takes what is written')
  }
  expect(desk.journals()).toEqual([])
})

test('a built-in database that cannot be started is no reason to wait', async () => {
  const broken = mkdtempSync(join(tmpdir(), 'countermand-'))
  // Where a database user of its own can look as well.
  chmodSync(broken, 0o755)
  mkdirSync(join(broken, 'postgres', 'cluster'), { recursive: true })
  writeFileSync(join(broken, 'postgres', 'cluster', 'PG_VERSION'), '1')

  const tried = await desk.types(['vp', 'ceo'], [...offline, '--dry-run'], [], {
    variables: { DATABASE_URL: 'embedded', COUNTERMAND_DATA: broken },
  })

  rmSync(broken, { recursive: true })
  expect(tried.err).toContain('Looking whether the built-in database can be started')
  expect(tried.err).toContain('THE DATABASE IS NOT USED')
})

test('when it is away, the terminal says so and names the way out', async () => {
  await server.stop()

  const away = await desk.types('vp', ['rollback', 'checkout'], [], around())

  expect(away.code).toBe(1)
  expect(lastLine(away)).toMatch(/^The database does not answer .* add --without-database/)
})

test('two people are two people, both are known, and both hold the authority of the strictest window', async () => {
  const twice = await desk.types(['vp', 'vp'], offline, [], around())
  const stranger = await desk.types(['vp', 'stranger'], offline, [], around())
  const below = await desk.types(['vp', 'teamLead'], offline, ['checkout', 'checkout'], around())
  const grouped = await desk.types(['onCall', 'vp'], offline, ['checkout', 'checkout'], around())

  expect(lastLine(twice)).toContain('That is the same person twice')
  expect(lastLine(stranger)).toContain('is nobody whom the configuration knows')
  expect(below.err).toMatch(
    /Not you, not now: since (?:\w+ )*\d\d:\d\d UTC this needs the VP engineering \(@ifeoma@shop\.example is on call\)\. You are team lead\./,
  )
  expect(grouped.err).toMatch(
    /Not you, not now|Slack user groups does not answer, and nobody is let in on a guess/,
  )
  expect(lastLine(below)).toBe('Nothing was changed; the request is cancelled.')
  expect([twice, stranger, below, grouped].map(({ code }) => code)).toEqual([1, 1, 1, 1])
  expect(desk.changesMade()).toEqual([])
})

test('T123 two people roll back on a journal that only its owner can read', async () => {
  const before = desk.journals()

  const done = await desk.types(['vp', 'ceo'], offline, ['checkout', 'checkout'], around())

  journal = desk.journals().find((path) => !before.includes(path)) ?? ''
  expect(done.code).toBe(0)
  expect(done.err).toContain('THE DATABASE IS NOT USED. This is not checked:')
  expect(done.err).toContain(`countermand journal import ${journal}`)
  expect(done.out).toMatch(/The second person must agree\.\nApproved as CEO\/CTO\./)
  expect(done.out).toContain('checkout is back on v2.2.1 and recovering')
  expect(desk.changesMade()).toHaveLength(1)
  expect(statSync(journal).mode & 0o777).toBe(0o600)
  expect(readFileSync(journal, 'utf8')).toContain('verified')
})

test('below the strictest window two people may break glass, and it is recorded as that', async () => {
  const before = desk.journals()
  const asked = await desk.types(
    ['teamLead', 'manager'],
    [...offline, '--to', 'v2.1.9', '--break-glass', 'no VP can be reached'],
    ['checkout', 'it looks right to me', 'checkout'],
    around(),
  )

  const [path = ''] = desk.journals().filter((one) => !before.includes(one))
  expect(asked.out).toContain('lena@shop.example approved. The second person must agree.')
  expect(readFileSync(path, 'utf8')).toContain('"breakGlass":"no VP can be reached"')
})

test('T111 a database that takes nothing new refuses on the record, and the journal works', async () => {
  server = await startServer()
  await asOwner('ALTER DATABASE countermand SET default_transaction_read_only = on')

  const onRecord = await desk.types(
    'teamLead',
    ['rollback', 'cart', '--reason', 'slow since noon'],
    [],
    around(),
  )
  const onJournal = await desk.types(['vp', 'ceo'], [...offline, '--dry-run'], [], around())
  const besideBuiltIn = await desk.types(['vp', 'ceo'], [...offline, '--dry-run'], [], builtIn())

  expect(onRecord.code).toBe(1)
  expect(onRecord.err).toMatch(/read-only transaction/)
  expect(onJournal.err).toContain('THE DATABASE IS NOT USED')
  expect(besideBuiltIn.err).toContain('THE DATABASE IS NOT USED')
  expect(onJournal.err).not.toContain('takes what is written')
  // Nobody was connected to it, so whoever looked has stopped it.
  server = await startServer()
  await asOwner(
    'SET default_transaction_read_only = off',
    'ALTER DATABASE countermand RESET default_transaction_read_only',
  )
})

test('a journal that was altered is refused, and names the line', async () => {
  const forged = join(desk.folder, 'forged.jsonl')
  writeFileSync(forged, readFileSync(journal, 'utf8').replace('U0CEO00001', 'U0VPENG001'))

  const refused = await desk.types([], ['journal', 'import', forged], [], around())

  expect(refused.code).toBe(1)
  expect(refused.err).toMatch(/forged\.jsonl: line \d+ is not as it was written/)
  expect(await events()).toEqual([])
})

test('when the database is back the journal is added once, each event with its own time, to be reviewed', async () => {
  const first = await desk.types([], ['journal', 'import', journal], [], around())
  const twice = await desk.types([], ['journal', 'import', journal], [], around())

  expect(first).toMatchObject({ code: 0, out: expect.stringContaining('to be reviewed') })
  expect(twice).toMatchObject({ code: 0, out: expect.stringContaining('Nothing was added.') })
  const added = await events()
  expect(added.filter(({ kind }) => kind === 'journal_imported')).toHaveLength(1)
  expect(added.filter(({ kind }) => kind === 'step_applied')).toHaveLength(1)
  const approvals = added.filter(({ kind }) => kind === 'approval_given')
  expect(approvals.map(({ payload }) => payload['past'])).toEqual([
    { at: expect.any(Number), actor: 'T0EXAMPLE1:U0VPENG001' },
    { at: expect.any(Number), actor: 'T0EXAMPLE1:U0CEO00001' },
  ])
  for (const { at, payload } of approvals)
    expect(Number(Object(payload['past']).at)).toBeLessThan(at.getTime() * 1_000)
})

test('what was added is shown like anything else, and the chain holds', async () => {
  const status = await desk.types([], ['status', 'checkout'], [], around())
  const again = await desk.types([], ['journal', 'resume', journal], [], around())

  expect(status.out).toContain('recovered and watched')
  expect(lastLine(again)).toContain('has been added to the record, which goes on with it')
})

test('whoever broke the glass does not review it; the other level does', async () => {
  const own = await desk.types(
    'ceo',
    ['review', 'checkout', '--reason', 'it was right, I was there'],
    [],
    around(),
  )

  expect(own.err).toContain('This needs two people, and you are already one of them.')
})
