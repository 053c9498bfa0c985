import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Jobs, startJobs } from '#jobs/index.ts'
import { type Tenure, TenureOver } from '#ports/tenure.ts'
import { outbox } from '#postgres/outbox.ts'
import { timeline } from '#postgres/timeline.ts'
import { aChange, anIncident, declared, key } from '../postgres/builders.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'
import { tenures } from '../../src/tenures.ts'

let database: TestDatabase
let jobs: Jobs | undefined
let begun: Tenure[]
const { current, during, mustHold } = tenures()
beforeEach(async () => {
  database = await freshDatabase()
  begun = []
})
afterEach(async () => {
  await jobs?.stop()
  await database.close()
})

/** Work that hangs until it is told to let go; it notes in whose name it is done. */
async function working(): Promise<Jobs> {
  const nothing = async () => undefined
  return startJobs({
    pool: database.pools.work,
    log: silent,
    during,
    tasks: {
      async advance(_, signal) {
        const tenure = current()
        if (tenure) begun.push(tenure)
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      },
      automate: async () => undefined,
      evidence: nothing,
      assess: nothing,
      freeze: nothing,
      page: nothing,
      impact: nothing,
      show: nothing,
      deliver: nothing,
      hourly: nothing,
      observe: nothing,
      check: nothing,
      alerts: nothing,
      suggest: nothing,
      propose: nothing,
      redraw: nothing,
      twice: nothing,
    },
  })
}

/** As if this process had been frozen for so long that the others gave it up. */
const given = () =>
  database.owner.query(`UPDATE replicas SET lease_until = clock_timestamp() - interval '1 second'`)

test('T105 work that others may have taken over writes nothing, and is begun anew in another name', async () => {
  const plain = timeline(database.pools.work, [key])
  const fenced = timeline(database.pools.work, [key], undefined, current)
  const incident = anIncident()
  await plain.append(incident, 0, aChange({ events: [declared()], jobs: ['advance'] }))
  jobs = await working()
  await expect.poll(() => begun.length).toBe(1)
  const [before] = begun
  if (!before) throw new Error('nothing was begun')
  await during(before, () => fenced.append(incident, 1, aChange()))

  await given()

  const appended = during(before, () => fenced.append(incident, 2, aChange()))
  await expect(appended).rejects.toThrow(TenureOver)
  const opened = during(before, () => fenced.append(anIncident(), 0, aChange()))
  await expect(opened).rejects.toThrow(TenureOver)
  const decided = during(before, () =>
    fenced.decide(incident, () => ({ change: aChange(), answer: 'decided' })),
  )
  await expect(decided).rejects.toThrow(TenureOver)
  const newer = () => begun.find(({ id }) => id !== before.id)
  await expect.poll(newer).toBeDefined()
  const after = newer()
  if (!after) throw new Error('nothing was begun anew')
  expect(before.isOver()).toBe(true)
  expect(() => during(before, mustHold)).toThrow(TenureOver)
  expect(() => during(after, mustHold)).not.toThrow()
  expect(mustHold).not.toThrow()
  await during(after, () => fenced.append(incident, 2, aChange()))
  expect(await plain.read(incident)).toHaveLength(3)
})

test('a write in the name of one that is over spoils none of those it travels with', async () => {
  const fenced = timeline(database.pools.work, [key], undefined, current)
  const [one, other] = [anIncident(), anIncident()]
  await fenced.append(one, 0, aChange({ events: [declared()] }))
  await fenced.append(other, 0, aChange({ events: [declared()] }))
  const nobody = { id: 'nobody', work: 'advance', isOver: () => false }

  const [late, good] = await Promise.allSettled([
    during(nobody, () => fenced.append(one, 1, aChange())),
    fenced.append(other, 1, aChange()),
  ])

  expect(late).toMatchObject({ status: 'rejected', reason: { name: 'TenureOver' } })
  expect(good.status).toBe('fulfilled')
})

test('T125 a message tried by a process that was taken over is looked for, not forgotten', async () => {
  const incident = anIncident()
  const notices = [{ kind: 'channel' as const }]
  await timeline(database.pools.work, [key]).append(
    incident,
    0,
    aChange({ events: [declared()], notices }),
  )
  let isOver = false
  const before = outbox(database.pools.work, () => {
    if (isOver) throw new TenureOver('over')
  })
  const after = outbox(database.pools.work)
  const [waiting] = await before.waiting(incident)
  if (!waiting) throw new Error('nothing waits')
  await before.posting(waiting.key, 'C1')

  isOver = true

  await expect(before.delivered(waiting.id, undefined)).rejects.toThrow(TenureOver)
  await expect(before.failed(waiting.id, 'no answer', 1_000)).rejects.toThrow(TenureOver)
  await expect(before.posting(waiting.key, 'C1')).rejects.toThrow(TenureOver)
  expect(await after.waiting(incident)).toHaveLength(1)
  expect(await after.posting(waiting.key, 'C1')).toBeDefined()
})
