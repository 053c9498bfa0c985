import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type { IncidentId } from '#domain/ids.ts'
import { startJobs } from '#jobs/index.ts'
import { inbox } from '#postgres/inbox.ts'
import { timeline } from '#postgres/timeline.ts'
import { aChange, aNote, anIncident, declared, key } from '../postgres/builders.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'
import { idleTasks } from './idle-tasks.ts'

const worker = fileURLToPath(new URL('./pressing-worker.ts', import.meta.url))

/** A process with all of it in its hands: two are begun at least, others wait there. */
async function holding(database: TestDatabase, incident: IncidentId, presses: readonly string[]) {
  const told: string[] = []
  const child = fork(worker, [database.url, incident, ...presses], { execArgv: [] })
  child.on('message', (message) => told.push(message as string))
  onTestFinished(() => void child.kill('SIGKILL'))
  await expect.poll(() => told, { timeout: 20_000 }).toContain(`holds ${presses.length}`)
  await expect
    .poll(() => told)
    .toEqual(expect.arrayContaining(presses.slice(0, 2).map((one) => `begins ${one}`)))
  return { child, told }
}

test('T103, T105 what a killed process and a frozen one had in their hands is done once, and by another one', async () => {
  const database = await freshDatabase()
  onTestFinished(() => database.close())
  const { work, decisions, intake } = database.pools
  const incident = anIncident()
  const record = timeline(work, [key])
  await record.append(incident, 0, aChange({ events: [declared()] }))
  const ofKilled = ['a1', 'a2', 'a3', 'a4']
  const ofFrozen = ['b1', 'b2', 'b3', 'b4']
  const killed = await holding(database, incident, ofKilled)
  const frozen = await holding(database, incident, ofFrozen)
  frozen.child.kill('SIGSTOP')
  killed.child.kill('SIGKILL')

  const box = inbox(decisions, intake)
  const jobs = await startJobs({
    pool: work,
    decisions,
    log: silent,
    tasks: {
      ...idleTasks,
      async deliver(delivery) {
        const change = aChange({ events: [aNote(delivery)] })
        await record.decide(incident, () => ({ change, answer: undefined }))
        await box.done(delivery)
      },
    },
  })
  onTestFinished(() => jobs.stop())
  const noted = async () =>
    (await record.read(incident)).flatMap(({ event }) =>
      event.kind === 'note_added' ? event.text : [],
    )
  await expect
    .poll(async () => (await noted()).toSorted(), { timeout: 20_000 })
    .toEqual([...ofKilled, ...ofFrozen])
  await jobs.settled()

  // It goes on where it had stood, perhaps with the two that waited as well, and learns that its time is over.
  frozen.child.kill('SIGCONT')
  frozen.child.send('go on')
  const ends = () => frozen.told.filter((one) => one.includes(':'))
  await expect
    .poll(ends, { timeout: 20_000 })
    .toEqual(expect.arrayContaining(['b1: TenureOver', 'b2: TenureOver']))
  await jobs.settled()
  for (const end of ends()) expect(end).toContain('TenureOver')
  expect((await noted()).toSorted()).toEqual([...ofKilled, ...ofFrozen])
})
