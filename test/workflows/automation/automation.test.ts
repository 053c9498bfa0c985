import { afterAll, beforeAll, expect, test } from 'vitest'
import { automationOf } from '#domain/ids.ts'
import { instant, minutes, seconds } from '#domain/time.ts'
import { workflows } from '#workflows/index.ts'
import type { World } from '#workflows/world.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene } from '../../support/scripted-world.ts'
import { givenUp } from '../../support/given-up.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const never = new AbortController().signal

/** A service that fails as long as its bad version runs, and may be rolled back for it. */
async function aSickService(
  /** What runs beside its canary fails so many of a hundred. */
  { beside }: { readonly beside?: number } = {},
) {
  const scene = await aScene(database, {
    signals: { errorRate: 'q' },
    ...(beside === undefined
      ? {}
      : { canary: { arms: { canary: 'new', baseline: 'old' }, requests: 'r', errors: 'e' } }),
    automation: { mode: 'on', countdownMicros: seconds(30), triggers: ['error-rate'] },
  })
  const { platform, service } = scene
  // When its bad version went out.
  const since = (await scene.world.timeline.now()) - minutes(10)
  const metrics: World['metrics'] = {
    ...scene.world.metrics,
    async measure(of, signal, window, abort) {
      const measured = await scene.world.metrics.measure(of, signal, window, abort)
      return measured.kind === 'value' && window.to <= since
        ? { ...measured, value: 0.001 }
        : measured
    },
    async curve(_service, signal, { from, to }, step) {
      if (signal !== 'errorRate') return { kind: 'not_configured' }
      const points = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => {
        const at = instant(from + index * step)
        return { at, value: platform.running === 'v2.3.0' && at > since ? 0.08 : 0.001 }
      })
      return { kind: 'points', points, query: 'q' }
    },
    // A canary since four minutes, of few requests: the judge waits for more.
    async counts(_service, arm, { from, to }, step) {
      if (beside === undefined) return { kind: 'not_configured' }
      const points = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => {
        const at = instant(from + index * step)
        const serves = arm === 'baseline' || to - at < minutes(4)
        const requests = serves ? (step / minutes(1)) * (arm === 'canary' ? 50 : 1_000) : null
        const share = arm === 'canary' ? 0.4 : beside / 100
        return { at, requests, errors: requests === null ? null : requests * share }
      })
      return { kind: 'counted', points, query: arm }
    },
  }
  const world = { ...scene.world, metrics }
  const stream = automationOf(service.id)
  const [incidentOf, kinds] = [
    () => world.timeline.recentIncidents(service.id, 10),
    async (name: string) => {
      const all = [stream, ...(await incidentOf())]
      const histories = await Promise.all(all.map((one) => world.timeline.read(one)))
      return histories.flat().filter(({ event }) => event.kind === name)
    },
  ]
  // Each as another process would have it.
  const replicas = [1, 2, 3].map(() => workflows({ ...world }))
  return { world, stream, platform, replicas, incidentOf, kinds }
}

test('however many replicas look at once, it fires once, and one incident holds one rollback that is counted down', async () => {
  const { replicas, stream, kinds, incidentOf } = await aSickService()
  await Promise.all(replicas.map((flows) => flows.armAutomation()))

  await Promise.all(replicas.map((flows) => flows.automate(stream, never)))
  await Promise.all(replicas.map((flows) => flows.automate(stream, never)))

  expect(await kinds('automation_set_up')).toHaveLength(1)
  expect(await kinds('automation_fired')).toHaveLength(1)
  expect(await kinds('countdown_begun')).toHaveLength(1)
  expect(await kinds('automation_carried_out')).toHaveLength(1)
  expect(await incidentOf()).toHaveLength(1)
})

test.each([
  ['is well', 0.1, 'tell', /take the canary away/],
  ['fails as well', 6, 'ask', /which of the two suffers cannot be told yet/],
] as const)(
  'what a service fails while the version beside its canary %s is not rolled back by itself',
  async (_, beside, effect, why) => {
    const { replicas, stream, kinds, platform } = await aSickService({ beside })
    const [first] = replicas
    await first?.armAutomation()
    await first?.automate(stream, never)

    const [fired] = await kinds('automation_fired')
    expect(fired?.event).toMatchObject({ effect, why: expect.stringMatching(why) })
    expect(await kinds('countdown_begun')).toEqual([])
    expect(platform.running).toBe('v2.3.0')
  },
)

test('a countdown ends by the clock of the database, once, whoever is there then', async () => {
  const { replicas, stream, kinds, incidentOf, platform } = await aSickService()
  const [first] = replicas
  await first?.armAutomation()
  await first?.automate(stream, never)
  const [incident] = await incidentOf()
  if (!incident) throw new Error('there is no incident')
  await first?.advance(incident, never)
  const before = await kinds('automation_approved')

  // The process that began it is gone; others find its time over.
  await database.moveClock(seconds(31))
  const others = replicas.slice(1)
  await Promise.all(others.map((flows) => flows.advance(incident, never)))

  expect(before).toEqual([])
  expect(await kinds('automation_approved')).toHaveLength(1)
  expect(await kinds('execution_started')).toHaveLength(1)
  expect(platform.made).toHaveLength(1)
  expect(platform.running).toBe('v2.2.1')
})

test('what fired and was left by a process that died is carried out by the next; after ten minutes it is not done any more', async () => {
  for (const [late, counted] of [
    [minutes(1), 1],
    [minutes(11), 0],
  ] as const) {
    const { world, stream, kinds } = await aSickService()
    const flows = workflows(world)
    await flows.armAutomation()
    const dying = workflows({
      ...world,
      timeline: {
        ...world.timeline,
        openIncidents: async (id) =>
          (await kinds('automation_fired')).length > 0
            ? Promise.reject(new Error('the process died here'))
            : world.timeline.openIncidents(id),
      },
    })
    await expect(dying.automate(stream, never)).rejects.toThrow('the process died here')
    expect(await kinds('automation_carried_out')).toHaveLength(0)

    await database.moveClock(late)
    await flows.automate(stream, never)

    expect(await kinds('automation_fired')).toHaveLength(1)
    expect(await kinds('automation_carried_out')).toHaveLength(1)
    expect(await kinds('countdown_begun')).toHaveLength(counted)
  }
})

test('a sign of saturation asks people; once requests fail as well, it is counted down on the same card', async () => {
  const { world: calm, service } = await aScene(database, {
    signals: { errorRate: 'q', cpu: 'q' },
    automation: { mode: 'on', countdownMicros: seconds(30), triggers: ['saturation'] },
  })
  let errors = 0.001
  const world: World = {
    ...calm,
    metrics: {
      ...calm.metrics,
      // What is normal is asked of the hour before the version.
      async measure(_service, signal, { from, to }) {
        const value = signal === 'cpu' ? 0.9 : to - from < minutes(30) ? errors : 0.001
        return { kind: 'value', value, requests: 20_000, query: signal }
      },
    },
  }
  const flows = workflows(world)
  const stream = automationOf(service.id)
  await flows.armAutomation()

  await flows.automate(stream, never)
  const [incident] = await world.timeline.recentIncidents(service.id, 10)
  if (!incident) throw new Error('there is no incident')
  const kinds = async () => (await world.timeline.read(incident)).map(({ event }) => event.kind)
  const before = await kinds()
  errors = 0.03
  await flows.automate(stream, never)

  expect(before).toContain('rollback_planned')
  expect(before).not.toContain('countdown_begun')
  expect((await kinds()).filter((kind) => kind === 'rollback_requested')).toHaveLength(1)
  expect(await kinds()).toContain('countdown_begun')
})

test('what Flagger gave up is told once, in every look and by every replica, and again when it gives up anew', async () => {
  const { world: calm, service } = await aScene(database, {
    automation: { mode: 'on', countdownMicros: seconds(30), triggers: ['flagger'] },
  })
  let since = instant((await calm.timeline.now()) - minutes(2))
  const look = async () => ({ ...givenUp(since), asked: '/canaries/checkout' })
  const executors: World['executors'] = new Map(
    [...calm.executors].map(([name, one]) => [name, { ...one, delivery: { look } }]),
  )
  const replicas = [1, 2].map(() => workflows({ ...calm, executors }))
  const stream = automationOf(service.id)
  const fired = async () =>
    (await calm.timeline.read(stream)).flatMap(({ event }) =>
      event.kind === 'automation_fired' ? [event] : [],
    )
  await replicas[0]?.armAutomation()

  await Promise.all(replicas.map((flows) => flows.automate(stream, never)))
  await Promise.all(replicas.map((flows) => flows.automate(stream, never)))
  const once = await fired()
  since = await calm.timeline.now()
  await replicas[1]?.automate(stream, never)

  expect(once).toHaveLength(1)
  expect(once[0]).toMatchObject({
    effect: 'tell',
    why: 'Flagger has sent its traffic back to what served before',
    fired: { rule: 'flagger', source: 'Flagger', query: '/canaries/checkout' },
  })
  expect(await fired()).toHaveLength(2)
  expect(await calm.timeline.recentIncidents(service.id, 10)).toEqual([])
})
