import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { incidentId } from '#domain/ids.ts'
import { shipBad } from '#sandbox/shop/shipments.ts'
import { loadConfig } from '../../src/config.ts'
import { importWaiting } from '../../src/terminal/import-journals.ts'
import { silent } from '../support/database-server.ts'
import { accounts, deskWorld, rollbackIn } from './desk-world.ts'

let desk: Awaited<ReturnType<typeof deskWorld>>
const children: ReturnType<typeof spawn>[] = []
beforeAll(async () => {
  desk = await deskWorld({
    // So long that nobody comes too late to stop it in the middle.
    more: 'policy: { verifyWindowSeconds: 40, verifyEverySeconds: 1 }',
    freeze: false,
  })
  shipBad(desk.world.cluster, 'checkout', 'errors')
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => desk.close())

const worker = fileURLToPath(new URL('./offline-worker.ts', import.meta.url))
const away = { DATABASE_URL: 'postgres://nobody:nothing@127.0.0.1:1/none' }
const journal = () => globSync(join(desk.folder, 'journals', '*.jsonl'))[0] ?? ''

/** What a start does, on the bot's own database. */
async function starts(): Promise<void> {
  const loaded = loadConfig(desk.variables)
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  const { config } = loaded
  const key = Buffer.from(desk.variables.COUNTERMAND_KEY, 'hex')
  await importWaiting({ config, database: { url: desk.database.url }, key, log: silent })
}

const countOf = async (kind: string): Promise<number> => {
  const { rows } = await desk.database.owner.query<{ count: number }>(
    'SELECT count(*)::int FROM timeline_events WHERE kind = $1',
    [kind],
  )
  return rows[0]?.count ?? 0
}

test('a journal that is being written is left alone by a start', async () => {
  desk.issuer.behaviour.people = [accounts.vp, accounts.ceo]
  const child = spawn(
    process.execPath,
    [worker, 'rollback', 'checkout', '--without-database', '--reason', 'errors after deploy'],
    { env: { ...process.env, ...desk.variables, ...away }, stdio: 'ignore' },
  )
  children.push(child)
  const ended = once(child, 'exit')
  while (journal() === '' || !readFileSync(journal(), 'utf8').includes('step_applied'))
    await sleep(1)
  process.kill(child.pid ?? 0, 'SIGSTOP')

  await starts()

  expect(await countOf('journal_imported')).toBe(0)
  child.kill('SIGKILL')
  await ended
})

test('while another rollback has the workload an unfinished journal waits, and says for whom', async () => {
  const other = rollbackIn(
    await desk.types('teamLead', ['rollback', 'checkout', '--to', 'v2.3.0', '--reason', 'a try']),
  )

  const waits = await desk.types([], ['journal', 'import', journal()])

  expect(waits.code).toBe(1)
  expect(waits.err).toContain(`${other} in inc-checkout-`)
  expect(await countOf('journal_imported')).toBe(0)
  expect(await desk.types('teamLead', ['cancel', other])).toMatchObject({ code: 0 })
})

test('what a dead process left unfinished is added by several starts at once, once, and the server goes on with it', async () => {
  await Promise.allSettled([starts(), starts(), starts()])
  await starts()

  expect(await countOf('journal_imported')).toBe(1)
  expect(await countOf('step_applied')).toBe(1)
  while ((await countOf('execution_completed')) === 0) await sleep(50)
  await desk.world.clock.move(1)
  while ((await countOf('verified')) === 0) await sleep(50)
  await desk.world.app.jobs.settled()
  expect(await countOf('execution_completed')).toBe(1)
  expect(desk.world.slack.transcript()).toContain('added from a journal')
  expect(desk.world.slack.transcript()).toMatch(/BREAK-GLASS.*still to be reviewed/)
})

const added = async (): Promise<string> => {
  const { rows } = await desk.database.owner.query<{ id: string }>(
    `SELECT stream_id AS id FROM timeline_events WHERE kind = 'journal_imported'`,
  )
  return rows[0]?.id ?? ''
}

test('nobody is asked for what two people have decided long ago; whoever must review it is called', async () => {
  const { rows } = await desk.database.owner.query<{ about: string }>(
    `SELECT notice ->> 'about' AS about FROM outbox WHERE kind = 'mention' AND stream_id = $1`,
    [await added()],
  )

  expect(rows.map(({ about }) => about)).toEqual(['break-glass'])
  expect(desk.world.slack.transcript()).toContain('Please review it with the button on the card.')
})

test('the record stays provable, and tells both times', async () => {
  const incident = incidentId(await added())
  const { broken } = await desk.world.archive.verify(incident)
  const exported = await desk.world.archive.export(incident, 'md')

  expect(broken).toEqual([])
  expect(exported).toMatch(/approved by U0VPENG001.*from a journal, added 20/)
  expect(exported).toMatch(/asked for a rollback, without the database/)
})

test('somebody who was not there reviews it at the terminal', async () => {
  await desk.world.clock.move(61)

  const below = await desk.types('teamLead', ['review', 'checkout', '--reason', 'looked at it'])
  const own = await desk.types('vp', ['review', 'checkout', '--reason', 'it was right of us'])

  expect(below.err).toContain('You are team lead.')
  expect(own.err).toContain('This needs two people, and you are already one of them.')
})
