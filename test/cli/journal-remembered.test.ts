import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { instant } from '#domain/time.ts'
import { importJournal } from '#workflows/incident/import-journal.ts'
import { contentsOf } from '#journal/contents.ts'
import { readJournal } from '#journal/file.ts'
import { aPolicy, approvedBy, declared, planned, requested } from '../support/builders.ts'
import { everyEvent } from '../support/every-event.ts'
import { aChange, anIncident, aRollback, onCall } from '../postgres/builders.ts'
import { journalKey } from '../../src/terminal/journal-desk.ts'
import { addedWorld, plan, type Told } from './added-world.ts'

let w: Awaited<ReturnType<typeof addedWorld>>
beforeAll(async () => {
  w = await addedWorld()
})
afterAll(() => w.close())

/** What is known of the version that was left. */
const left = async ({ workload }: Told) =>
  (await w.revisions.known(workload)).find(({ revision }) => revision === plan.from.id)

test('a version that nobody saw while the database was away is bad once its journal is added, and the one that was gone back to is verified', async () => {
  const journal = w.journal()

  await w.add(journal.path)

  expect(await left(journal)).toMatchObject({
    name: 'v2.3.0',
    bad: { because: 'errors after deploy', rollback: journal.rollback },
  })
  const [to] = (await w.revisions.known(journal.workload)).filter(({ bad }) => !bad)
  expect(to).toMatchObject({ revision: plan.to.id, name: 'v2.2.1', verifiedAt: expect.any(Number) })
  expect(await w.revisions.template(journal.workload, plan.from.id)).toBeUndefined()
})

test('what could not be remembered when the journal was added is remembered when it is added again', async () => {
  const journal = w.journal()
  const entries = readJournal(journal.path, journalKey(w.parts.key))
  const read = { ...contentsOf(entries, journal.path), digest: 'the last line' }
  const ports = { timeline: w.record, policy: aPolicy() }
  const failing = { ...w.revisions, markBad: () => Promise.reject(new Error('cut off')) }
  await expect(importJournal({ ...ports, revisions: failing }, read)).rejects.toThrow('cut off')
  expect(await left(journal)).toBeUndefined()

  const again = await importJournal({ ...ports, revisions: w.revisions }, read)

  expect(again.kind).toBe('already')
  expect(await left(journal)).toMatchObject({ bad: { rollback: journal.rollback } })
})

test('a hold that was lifted since is left as it is, however often the journal is added', async () => {
  const journal = w.journal()
  await w.add(journal.path)
  const { length } = await w.record.read(journal.incident)
  const lifted = { ...everyEvent.hold_lifted, rollback: journal.rollback }
  await w.record.append(journal.incident, length, aChange({ events: [lifted] }))
  await w.revisions.unmarkBad(journal.workload, plan.from.id)

  expect(await w.add(journal.path)).toMatchObject({ kind: 'already' })

  expect(await left(journal)).toMatchObject({ name: 'v2.3.0', bad: undefined })
})

test.each([
  ['a version to which people went back since is not marked again', 'since'],
  ['whoever went back to it earlier takes no mark away', 'before'],
])('%s', async (_, when) => {
  const journal = w.journal()
  if (when === 'before') await goesBack(journal, 2)
  await w.add(journal.path)
  if (when === 'since') await goesBack(journal, 0)
  await w.revisions.unmarkBad(journal.workload, plan.from.id)

  await w.add(journal.path)

  expect((await left(journal))?.bad === undefined).toBe(when === 'since')
})

/** A rollback in another incident that goes to the version which the journal's one left; so many hours ago. */
async function goesBack({ workload }: Told, hoursAgo: number): Promise<void> {
  const [incident, rollback] = [anIncident(), aRollback()]
  const target = { ...plan.target, workload }
  const events: readonly TimelineEvent[] = [
    declared(),
    requested({ rollback, workload }),
    { ...planned({ ...plan, target, from: plan.to, to: plan.from }), rollback },
    approvedBy({ rollback }),
    { kind: 'execution_started', rollback },
    { kind: 'execution_completed', rollback },
  ]
  const at = instant(Date.now() * 1_000 - hoursAgo * 3_600_000_000)
  const past = hoursAgo > 0 ? { past: events.map(() => ({ at, actor: onCall })) } : {}
  const claims = [{ workload, rollback }]
  await w.record.append(incident, 0, aChange({ events, claims, ...past }))
}
