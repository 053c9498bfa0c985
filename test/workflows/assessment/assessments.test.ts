import { afterAll, beforeAll, expect, test } from 'vitest'
import { limitsFor } from '#domain/assessment/limits.ts'
import { replay } from '#domain/assessment/replay.ts'
import type { AssessmentState } from '#domain/assessment/state.ts'
import { assessmentState } from '#domain/assessment/state.ts'
import { type AssessmentId, deliveryId, type PersonId } from '#domain/ids.ts'
import { instant, minutes } from '#domain/time.ts'
import { startJobs } from '#jobs/index.ts'
import { openPools } from '#postgres/pools.ts'
import { workflows } from '#workflows/index.ts'
import { recordedPast } from '#workflows/assessment/replay-looks.ts'
import { people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { silent } from '../../support/database-server.ts'
import { aScene, type Scene } from '../../support/scripted-world.ts'
import { aDelivery, propose } from '../cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const never = new AbortController().signal
const always = [instant(0), instant(Number.MAX_SAFE_INTEGER)] as const

async function assessing(scene: Scene, delivery = aDelivery()) {
  const flows = workflows(scene.world)
  const answer = await flows.assess({ service: scene.service.id, by: people.onCall, delivery })
  if (answer.kind !== 'assessed') throw new Error(`not assessed but ${answer.kind}`)
  const { id } = answer.assessment
  const pressed = (by: PersonId = people.onCall) => ({ assessment: id, by, delivery: aDelivery() })
  return { flows, id, pressed, state: () => stateOf(scene, id) }
}

async function stateOf({ world }: Scene, id: AssessmentId): Promise<AssessmentState> {
  const state = assessmentState(await world.timeline.read(id))
  if (!state) throw new Error(`${id} is not there`)
  return state
}

const looksAt = async ({ world, service }: Scene) =>
  (await world.assessments.between(service.id, ...always)).map(({ event }) => event)

test('one request is assessed once, however often and wherever it is delivered at the same time', async () => {
  const scene = await aScene(database)
  const delivery = aDelivery()

  const answers = await Promise.all([
    assessing(scene, delivery),
    assessing(scene, delivery),
    assessing(scene, delivery),
  ])

  expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
  expect(await looksAt(scene)).toHaveLength(1)
})

test('what was seen is kept whole: every rule with its value, window, sample and query, and the policy', async () => {
  const scene = await aScene(database)
  const { state } = await assessing(scene)

  const { found, measured, policy } = (await state()).latest

  expect(policy).toBe(scene.world.policy.hash)
  expect(found.advice).toBe('roll_back')
  expect(found.findings.find(({ rule }) => rule === 'error-rate-critical')).toMatchObject({
    measured: 0.06,
    threshold: 0.05,
    samples: 20_000,
    query: 'q',
    window: { to: measured.circumstances.now },
  })
})

test('an open incident is told of it on its own timeline, once', async () => {
  const scene = await aScene(database)
  await propose(scene)
  const [incident] = await scene.world.timeline.openIncidents(scene.service.id)
  if (incident === undefined) throw new Error('no incident')
  const delivery = aDelivery()

  await assessing(scene, delivery)
  await assessing(scene, delivery)

  const kinds = (await scene.world.timeline.read(incident)).map(({ event }) => event.kind)
  expect(kinds.filter((kind) => kind === 'assessed')).toHaveLength(1)
  expect(await looksAt(scene)).toHaveLength(1)
})

test('a process that died before it told the incident does so when the request comes again', async () => {
  const broken = { once: true }
  const scene = await aScene(database, {}, (inner) => ({
    ...inner,
    decide: (stream, decide) => {
      if (broken.once && stream.startsWith('inc-')) {
        broken.once = false
        throw new Error('the process died')
      }
      return inner.decide(stream, decide)
    },
  }))
  broken.once = false
  await propose(scene)
  broken.once = true
  const delivery = aDelivery()

  await expect(assessing(scene, delivery)).rejects.toThrow('the process died')
  await assessing(scene, delivery)

  const [incident] = await scene.world.timeline.openIncidents(scene.service.id)
  const history = incident === undefined ? [] : await scene.world.timeline.read(incident)
  expect(history.filter(({ event }) => event.kind === 'assessed')).toHaveLength(1)
  expect(await looksAt(scene)).toHaveLength(1)
})

test('a look of a watch that is cut off writes nothing, and another replica makes it', async () => {
  const scene = await aScene(database)
  const { flows, id, pressed, state } = await assessing(scene)
  await flows.watchService(pressed())
  await database.moveClock(minutes(1))

  await flows.reassess(id, AbortSignal.abort())
  expect((await state()).watch?.looks).toBe(0)
  await workflows(scene.world).reassess(id, never)

  expect((await state()).watch?.looks).toBe(1)
})

test('two replicas at the same look make one', async () => {
  const scene = await aScene(database)
  const { flows, id, pressed, state } = await assessing(scene)
  await flows.watchService(pressed())
  await database.moveClock(minutes(1))

  await Promise.all([flows.reassess(id, never), workflows(scene.world).reassess(id, never)])

  expect((await state()).watch?.looks).toBe(1)
})

test('a watch goes on in another process when the first one stops in the middle of a look', async () => {
  const scene = await aScene(database)
  const held = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const { flows, pressed, state } = await assessing(scene)
  await flows.watchService(pressed())
  const replica = async (assess: Parameters<typeof startJobs>[0]['tasks']['assess']) => {
    const nothing = async () => undefined
    const pools = openPools({ url: database.url, log: silent })
    const tasks = {
      advance: nothing,
      evidence: nothing,
      impact: nothing,
      freeze: nothing,
      page: nothing,
    }
    const others = {
      show: nothing,
      deliver: nothing,
      observe: nothing,
      check: nothing,
      redraw: nothing,
      twice: nothing,
      alerts: nothing,
      suggest: nothing,
      automate: nothing,
      propose: nothing,
    }
    const jobs = await startJobs({
      pool: pools.work,
      log: silent,
      tasks: { ...tasks, ...others, assess, hourly: nothing },
    })
    return { jobs, end: () => jobs.stop().then(() => pools.close()) }
  }
  const first = await replica(async (stream, signal) => {
    begun.resolve()
    await held.promise
    await flows.reassess(stream, signal)
  })
  await database.moveClock(minutes(1))
  await begun.promise
  const ending = first.end()
  held.resolve()
  await ending
  expect((await state()).watch?.looks).toBe(0)

  const second = await replica((stream, signal) => flows.reassess(stream, signal))
  try {
    await expect.poll(async () => (await state()).watch?.looks, { timeout: 15_000 }).toBe(1)
  } finally {
    await second.end()
  }
})

test('looks that nobody was there for are not made up for: one last look, and the watch says what came of it', async () => {
  const scene = await aScene(database)
  const { flows, id, pressed, state } = await assessing(scene)
  await flows.watchService(pressed())
  scene.platform.running = 'v2.2.1'
  await database.moveClock(minutes(40))

  await flows.reassess(id, never)
  await flows.reassess(id, never)

  const events = (await scene.world.timeline.read(id)).map(({ event }) => event)
  expect((await state()).watch).toBeUndefined()
  expect(events.at(-1)).toMatchObject({
    kind: 'service_watch_ended',
    because: 'time',
    looks: 1,
    from: { advice: 'roll_back', severity: 'critical' },
    to: { advice: 'watch', severity: 'low' },
  })
  expect(events).toHaveLength(4)
})

test('a watch of a service that is no longer configured ends', async () => {
  const scene = await aScene(database)
  const { flows, id, pressed, state } = await assessing(scene)
  await flows.watchService(pressed())
  await database.moveClock(minutes(1))

  await workflows({ ...scene.world, catalogue: new Map() }).reassess(id, never)

  expect((await state()).watch).toBeUndefined()
})

test('a press that is delivered twice is one, and has the same answer', async () => {
  const scene = await aScene(database)
  const { flows, pressed, state } = await assessing(scene)
  const press = { ...pressed(), said: { what: 'data-loss' } as const }

  const answers = [await flows.stateImpact(press), await flows.stateImpact(press)]

  expect(answers.map(({ kind }) => kind)).toEqual(['assessment_changed', 'assessment_changed'])
  expect((await state()).statements).toHaveLength(1)
})

test('two presses at once start one watch', async () => {
  const scene = await aScene(database)
  const { flows, pressed } = await assessing(scene)

  const answers = await Promise.all([
    flows.watchService(pressed()),
    flows.watchService(pressed(people.teamLead)),
  ])

  expect(answers.map(({ kind }) => kind).toSorted()).toEqual(['assessment_changed', 'not_written'])
})

test('whoever is no member may press nothing, and only who said it or somebody with a role takes it back', async () => {
  const scene = await aScene(database)
  const { flows, pressed, state } = await assessing(scene)
  scene.directory.roles.delete(people.onCall)
  const said = pressed(people.teamLead)
  await flows.stateImpact({ ...said, said: { what: 'security-breach' } })
  const of = said.delivery

  const outsider = await flows.withdraw({ ...pressed(people.outsider), of })
  const other = await flows.withdraw({ ...pressed(people.onCall), of })
  expect([outsider.kind, other.kind]).toEqual(['may_not_request', 'not_written'])
  expect((await state()).latest.found.severity).toBe('critical')

  const own = await flows.withdraw({ ...pressed(people.teamLead), of })
  expect(own.kind).toBe('assessment_changed')
  expect((await state()).statements).toEqual([])
})

test('what is said while an incident is open raises its severity and counts for the next assessment; taken back, the severity stays', async () => {
  const scene = await aScene(database)
  scene.platform.running = 'v2.2.1'
  await propose(scene, { severity: 'low' })
  const first = await assessing(scene)
  const press = first.pressed(people.teamLead)

  await first.flows.stateImpact({ ...press, said: { what: 'revenue', share: 0.101 } })
  const second = await assessing(scene)

  const severity = async () => {
    const status = await second.flows.status(scene.service.id)
    return status.kind === 'status' ? status.open[0]?.state.severity : undefined
  }
  expect((await second.state()).latest.found.severity).toBe('critical')
  expect(await severity()).toBe('critical')
  await second.flows.withdraw({ ...second.pressed(people.teamLead), of: press.delivery })
  expect((await second.state()).latest.statements).toEqual([])
  expect(await severity()).toBe('critical')
})

test('whoever says that it is no incident stops the watch and closes nothing', async () => {
  const scene = await aScene(database)
  await propose(scene)
  const { flows, pressed, state } = await assessing(scene)
  await flows.watchService(pressed())

  const answer = await flows.sayNoIncident({ ...pressed(people.teamLead), reason: 'a load test' })

  expect(answer).toMatchObject({ incident: expect.stringMatching(/^inc-/) })
  expect((await state()).watch).toBeUndefined()
  expect((await state()).noIncident).toMatchObject({ by: people.teamLead, reason: 'a load test' })
  expect(await scene.world.timeline.openIncidents(scene.service.id)).toHaveLength(1)
})

test('what was assessed can neither be changed nor removed by the bot', async () => {
  const scene = await aScene(database)
  const { id } = await assessing(scene)
  const work = database.pools.work

  for (const statement of [
    `UPDATE timeline_events SET payload = '{}' WHERE stream_id = $1`,
    'DELETE FROM timeline_events WHERE stream_id = $1',
  ])
    await expect(work.query(statement, [id])).rejects.toThrow('permission denied')
})

test('a press of something that is not there is answered', async () => {
  const scene = await aScene(database)
  const { flows } = await assessing(scene)
  const lost = { assessment: 'as-0' as AssessmentId, by: people.onCall, delivery: deliveryId('x') }

  expect(await flows.watchService(lost)).toMatchObject({ kind: 'nothing_found' })
  await expect(flows.reassess(lost.assessment, never)).resolves.toBeUndefined()
})

test('when nothing at all answers, the answer comes all the same and calls nothing well', async () => {
  const scene = await aScene(database)
  const [executor] = scene.world.executors.values()
  if (!executor) throw new Error('no executor')
  const silence = (abort: AbortSignal) =>
    new Promise<never>((_, reject) => abort.addEventListener('abort', () => reject(abort.reason)))
  const why = (abort: AbortSignal) =>
    silence(abort).catch((error: unknown) => ({
      kind: 'unavailable' as const,
      why: String(error),
      query: 'q',
    }))
  const world = {
    ...scene.world,
    metrics: {
      ...scene.world.metrics,
      measure: async (...asked: readonly unknown[]) => why(asked.at(-1) as AbortSignal),
      curve: async (...asked: readonly unknown[]) => why(asked.at(-1) as AbortSignal),
    },
    // Not even broken off does it end.
    executors: new Map([
      ['scripted', { ...executor, observe: () => new Promise<never>(() => undefined) }],
    ]),
  }

  const { state } = await assessing({ ...scene, world })

  const { found, measured } = (await state()).latest
  expect(found.advice).toBe('inconclusive')
  expect(found.confidence).toMatchObject({ answered: 0 })
  expect(measured.wayBack).toEqual({
    kind: 'unknown',
    why: expect.stringMatching(/gave no answer within 1.2 s$/),
  })
  expect(found.findings.map(({ because }) => because).join()).toContain('no answer within 2.2 s')
})

test('what was assessed can be judged again, with what came of it', async () => {
  const scene = await aScene(database)
  await assessing(scene)
  const { flows, pressed } = await assessing(scene)
  await flows.sayNoIncident({ ...pressed(), reason: 'a load test' })
  const window = { from: always[0], to: always[1] }

  const { looks, troubles } = await recordedPast(scene.world, scene.service.id, window)

  expect(troubles).toEqual([])
  expect(looks.map(({ isDenied, then }) => [isDenied, then?.advice])).toEqual([
    [false, 'roll_back'],
    [true, 'roll_back'],
  ])
  const limits = limitsFor(scene.world.policy, scene.service.id)
  const again = replay(looks, troubles, limits).stretches
  expect(again.every(({ verdict, then }) => verdict.advice === then?.advice)).toBe(true)
})

test('incidents of the time are what alarms are held against', async () => {
  const scene = await aScene(database)
  await propose(scene)
  await assessing(scene)
  const window = { from: always[0], to: always[1] }

  const { looks, troubles } = await recordedPast(scene.world, scene.service.id, window)

  const { outcomes } = replay(looks, troubles, limitsFor(scene.world.policy, scene.service.id))
  expect(outcomes).toMatchObject([{ looks: 1, found: { at: expect.any(Number) } }])
})
