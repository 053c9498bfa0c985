import { afterAll, beforeAll, expect, test } from 'vitest'
import { deliveryId } from '#domain/ids.ts'
import { seconds } from '#domain/time.ts'
import { type Pager, PagerBusy, PageRefused } from '#ports/pager.ts'
import { workflows } from '#workflows/index.ts'
import type { World } from '#workflows/world.ts'
import { changeOf } from '#workflows/record.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { people } from '../../support/builders.ts'
import { everyEvent } from '../../support/every-event.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene } from '../../support/scripted-world.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const never = new AbortController().signal

/** A pager that keeps what it was asked, and fails as often as it is told to. */
function aPager() {
  const asked: string[] = []
  const pages: unknown[] = []
  const faults: Error[] = []
  const taken = (what: string) => async (given: string | { readonly key: string }) => {
    if (typeof given !== 'string') pages.push(given)
    asked.push(`${what} ${typeof given === 'string' ? given : given.key}`)
    const fault = faults.shift()
    if (fault) throw fault
  }
  const pager: Pager = {
    name: 'PagerDuty (shop)',
    call: taken('call'),
    acknowledge: taken('acknowledge'),
    resolve: taken('resolve'),
    examine: async () => ({ result: 'fine', text: 'it answers' }),
  }
  return { pager, asked, pages, faults }
}

/** Somebody has asked for a rollback; the service fails. */
async function anIncidentWith({ isMeasured = true, pager = 'shop' } = {}) {
  const paged = aPager()
  const scene = await aScene(database, { pager })
  const world = { ...scene.world, pagers: new Map([['shop', paged.pager]]) }
  const flows = workflows(world)
  const answer = await flows.requestRollback(
    {
      by: people.onCall,
      service: scene.service.id,
      to: undefined,
      reason: 'errors after deploy',
      reasonKind: 'customer-bug',
      severity: undefined,
      since: undefined,
      notBefore: undefined,
    },
    deliveryId(`ask-${scene.service.id}`),
  )
  if (answer.kind !== 'requested') throw new Error(`not asked for: ${answer.kind}`)
  const { incident, rollback } = answer
  if (isMeasured) await flows.measureImpact(incident, never)
  const kinds = async (kind: string) =>
    (await world.timeline.read(incident)).flatMap(({ event }) =>
      event.kind === kind ? [event] : [],
    )
  const replicas = [1, 2, 3].map(() => workflows({ ...world }))
  return { ...paged, world, flows, replicas, incident, rollback, kinds }
}

test('what a pager is sent holds no secret that is known (invariant I9)', async () => {
  const { world, incident, pages } = await anIncidentWith()
  const scrub = (text: string) => text.replaceAll('errors after', '[secret]')

  await workflows({ ...world, scrub }).page(incident, never)

  expect(pages).toMatchObject([{ details: { what: '[secret] deploy' } }])
  expect(JSON.stringify(pages)).not.toContain('errors after')
})

test('however many replicas page at once, it is on the record once, and every call names the incident', async () => {
  const { replicas, incident, kinds, asked } = await anIncidentWith()

  await Promise.all(replicas.map((flows) => flows.page(incident, never)))
  await Promise.all(replicas.map((flows) => flows.page(incident, never)))

  expect(await kinds('paged')).toEqual([
    {
      kind: 'paged',
      level: 'P0',
      sign: 'server-errors',
      because: '5xx 6 %, above 5 %',
      via: 'PagerDuty (shop)',
    },
  ])
  expect(new Set(asked)).toEqual(new Set([`call ${incident}`]))
  expect(asked.length).toBeLessThanOrEqual(3)
})

test('what is asked of a pager about one incident is asked one after the other: no call overtakes its end', async () => {
  const { incident } = await anIncidentWith()

  const { rows } = await database.owner.query(
    `SELECT task_identifier, queue_name FROM graphile_worker.jobs WHERE key = $1`,
    [`page:${incident}`],
  )

  expect(rows).toEqual([{ task_identifier: 'page', queue_name: `page:${incident}` }])
})

test('a process that died after the call left nothing on the record: the next one calls by the same name', async () => {
  const { world, flows, incident, kinds, asked } = await anIncidentWith()
  const dying = diesBeforeItWrites(world)

  await expect(dying.page(incident, never)).rejects.toThrow('the process died here')
  await flows.page(incident, never)

  expect(asked).toEqual([`call ${incident}`, `call ${incident}`])
  expect(await kinds('paged')).toHaveLength(1)
})

test('who is busy is left to a later time; what went wrong is said once, and left to the next try', async () => {
  const { flows, incident, kinds, asked, faults } = await anIncidentWith()

  faults.push(new PagerBusy('answered 429: it has too much to do', 7_000))
  await expect(flows.page(incident, never)).rejects.toMatchObject({ afterMs: 7_000 })
  faults.push(new Error('answered 502'))
  await expect(flows.page(incident, never)).rejects.toThrow('answered 502')
  faults.push(new Error('answered 502'))
  await expect(flows.page(incident, never)).rejects.toThrow('answered 502')
  await flows.page(incident, never)

  expect(asked).toHaveLength(4)
  expect(await kinds('page_failed')).toMatchObject([
    { doing: 'call', why: 'answered 429: it has too much to do', isFinal: false },
    { doing: 'call', why: 'answered 502', isFinal: false },
  ])
  expect(await kinds('paged')).toHaveLength(1)
})

test('what fails now for one reason and then for another is said once for each', async () => {
  const { flows, incident, kinds, faults } = await anIncidentWith()

  for (const status of [502, 504, 502, 504]) {
    faults.push(new Error(`answered ${status}`))
    await expect(flows.page(incident, never)).rejects.toThrow(`answered ${status}`)
  }

  expect(await kinds('page_failed')).toMatchObject([
    { why: 'answered 502' },
    { why: 'answered 504' },
  ])
})

test('a process that died after the call, and somebody decides before it is made again: the telephone is silenced', async () => {
  const { world, flows, incident, kinds, asked, rollback } = await anIncidentWith()
  const dying = diesBeforeItWrites(world)
  await expect(dying.page(incident, never)).rejects.toThrow('the process died here')

  await flows.reject({
    by: people.onCall,
    rollback,
    delivery: deliveryId('before-the-row'),
    reason: 'it is a test',
  })
  await flows.page(incident, never)

  expect(asked).toEqual([`call ${incident}`, `acknowledge ${incident}`])
  expect(await kinds('paged')).toEqual([])
  expect(await kinds('page_acknowledged')).toHaveLength(1)
})

test('what is refused is said and not tried again, nor taken back when somebody decides', async () => {
  const { flows, incident, kinds, asked, faults, rollback } = await anIncidentWith()

  faults.push(new PageRefused('answered 400: the key is not valid there'))
  await flows.page(incident, never)
  await flows.page(incident, never)
  await flows.reject({
    by: people.onCall,
    rollback,
    delivery: deliveryId('no'),
    reason: 'it is a test',
  })
  await flows.page(incident, never)

  expect(asked).toEqual([`call ${incident}`])
  expect(await kinds('page_failed')).toMatchObject([{ isFinal: true }])
})

test('somebody decides: the pager hears it once', async () => {
  const { flows, replicas, incident, kinds, asked, rollback } = await anIncidentWith()
  await flows.page(incident, never)

  await flows.reject({
    by: people.onCall,
    rollback,
    delivery: deliveryId('rejected'),
    reason: 'it is a test',
  })
  await Promise.all(replicas.map((one) => one.page(incident, never)))
  await flows.page(incident, never)

  expect(await kinds('page_acknowledged')).toEqual([
    { kind: 'page_acknowledged', by: people.onCall, via: 'PagerDuty (shop)' },
  ])
  expect(new Set(asked)).toEqual(new Set([`call ${incident}`, `acknowledge ${incident}`]))
})

test('what stops half way after somebody decided calls anew, by a key of its own, and the end is told of both', async () => {
  const { world, flows, replicas, incident, kinds, asked, rollback } = await anIncidentWith()
  const happens = (event: TimelineEvent) =>
    world.timeline.decide(incident, (history, now) => ({
      change: changeOf([event], { history, now, policy: world.policy }),
      answer: undefined,
    }))
  await flows.page(incident, never)
  await flows.reject({
    by: people.onCall,
    rollback,
    delivery: deliveryId('half-way'),
    reason: 'it is a test',
  })
  await flows.page(incident, never)

  await happens({ ...everyEvent.step_failed, rollback, left: 'halfway' })
  await Promise.all(replicas.map((one) => one.page(incident, never)))
  const [, again] = await kinds('paged')
  await happens({ ...everyEvent.undo_authorised, rollback })
  await flows.page(incident, never)
  await happens(everyEvent.incident_closed)
  await flows.page(incident, never)

  const key = asked.find((one) => one.startsWith(`call ${incident}.`))?.slice('call '.length)
  expect(again).toMatchObject({ sign: 'left-halfway', round: Number(key?.split('.').at(-1)) })
  expect(await kinds('paged')).toHaveLength(2)
  expect([...new Set(asked)]).toEqual([
    `call ${incident}`,
    `acknowledge ${incident}`,
    `call ${key}`,
    `acknowledge ${key}`,
    `resolve ${incident}`,
    `resolve ${key}`,
  ])
})

/** People were called and one has decided; since then the service has another pager. */
async function anIncidentOfAnotherPager() {
  const scene = await anIncidentWith()
  const { world, flows, incident, rollback } = scene
  await flows.page(incident, never)
  await flows.reject({
    by: people.onCall,
    rollback,
    delivery: deliveryId(`no-${incident}`),
    reason: 'it is a test',
  })
  const another = aPager()
  const pager: Pager = { ...another.pager, name: 'PagerDuty (another)' }
  const configured = (...others: readonly (readonly [string, Pager])[]) =>
    workflows({ ...world, pagers: new Map([['shop', pager], ...others]) })
  return { ...scene, another, configured }
}

test('whoever was called hears the rest from the same pager, although the service has another one by now', async () => {
  const { asked, pager, another, configured, incident } = await anIncidentOfAnotherPager()

  await configured(['former', pager]).page(incident, never)

  expect(asked).toEqual([`call ${incident}`, `acknowledge ${incident}`])
  expect(another.asked).toEqual([])
})

test('where that pager is not configured any more it is said, once', async () => {
  const { another, configured, incident, kinds } = await anIncidentOfAnotherPager()

  await configured().page(incident, never)
  await configured().page(incident, never)

  expect(another.asked).toEqual([])
  expect(await kinds('page_failed')).toEqual([
    {
      kind: 'page_failed',
      doing: 'acknowledge',
      why: 'is not configured any more',
      via: 'PagerDuty (shop)',
      isFinal: true,
    },
  ])
})

test('without a pager of that name nobody is called, and nothing is written', async () => {
  const { flows, incident, kinds, asked } = await anIncidentWith({ pager: 'another' })

  await flows.page(incident, never)

  expect([asked, await kinds('paged'), await kinds('page_failed')]).toEqual([[], [], []])
})

test('nobody decides: by the clock of the database the next level is called once, whoever is there then', async () => {
  const { world, replicas, incident, kinds } = await anIncidentWith()
  const [first, ...others] = replicas
  const since = (await world.timeline.read(incident))[0]?.at
  await database.moveClock(seconds(60))
  await first?.advance(incident, never)
  const before = await kinds('decision_overdue')

  await database.moveClock(seconds(61))
  await Promise.all(others.map((flows) => flows.advance(incident, never)))
  await Promise.all(replicas.map((flows) => flows.advance(incident, never)))

  expect(before).toEqual([])
  expect(await kinds('decision_overdue')).toEqual([
    { kind: 'decision_overdue', since, within: seconds(120), to: 'team-lead' },
  ])
})

const diesBeforeItWrites = (world: World) =>
  workflows({
    ...world,
    timeline: {
      ...world.timeline,
      decide: () => Promise.reject(new Error('the process died here')),
    },
  })
