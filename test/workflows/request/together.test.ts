import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PersonId, serviceId, workloadId } from '#domain/ids.ts'
import { incidentState } from '#domain/incident/state.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import type { Service } from '#domain/service.ts'
import { minutes, seconds } from '#domain/time.ts'
import { workflows } from '#workflows/index.ts'
import { NotAllowed } from '#ports/executor.ts'
import { people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene, type Scene } from '../../support/scripted-world.ts'
import { aDelivery } from '../cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const never = new AbortController().signal

/** Three services, each on a platform of its own; checkout needs payments, which needs ledger. */
async function scenes(
  more: Partial<Record<'checkout' | 'payments' | 'ledger', Partial<Service>>> = {},
) {
  const one = async (name: 'checkout' | 'payments' | 'ledger') => {
    const scene = await aScene(database, more[name])
    return { name, scene }
  }
  const all = [await one('checkout'), await one('payments'), await one('ledger')] as const
  const [checkout, payments, ledger] = all.map(({ scene }) => scene) as [Scene, Scene, Scene]
  const needs = new Map([
    [checkout, [payments.service.id]],
    [payments, [ledger.service.id]],
    [ledger, []],
  ])
  /** Services whose platform refuses every change. */
  const refused = new Set<string>()
  const services = new Map<Scene, Service>()
  const executors = new Map<string, NonNullable<ReturnType<Scene['world']['executors']['get']>>>()
  for (const { scene } of all) {
    const executor = scene.world.executors.get('scripted')
    if (!executor) throw new Error('no executor')
    const { id } = scene.service
    executors.set(id, {
      ...executor,
      async apply(...given) {
        if (refused.has(id)) throw new NotAllowed('patch', 'deployments')
        return executor.apply(...given)
      },
    })
    services.set(scene, {
      ...scene.service,
      dependsOn: needs.get(scene) ?? [],
      targets: [{ executor: id, workload: workloadId(id), title: id, spec: {} }],
    })
  }
  const world = {
    ...checkout.world,
    catalogue: new Map([...services.values()].map((service) => [service.id, service])),
    executors,
  }
  return { world, checkout, payments, ledger, refused, flows: workflows(world) }
}

async function proposed(more: Parameters<typeof scenes>[0] = {}) {
  const it = await scenes(more)
  const { flows, world, checkout, payments, ledger } = it
  const request = {
    by: people.onCall,
    services: [ledger, checkout, payments].map(({ service }) => service.id),
    reason: 'all went out at 14:20',
    reasonKind: 'other',
    severity: undefined,
    since: undefined,
  } as const
  const delivery = aDelivery()
  const asked = await flows.requestTogether(request, delivery)
  if (asked.kind !== 'requested_together') throw new Error(`not asked for but ${asked.kind}`)
  const { incident, rollback: lead } = asked
  const history = () => world.timeline.read(incident)
  const states = async () => rollbacksOf(await history())
  const click = (by: PersonId, rollback = lead) => ({ by, rollback, delivery: aDelivery() })
  return {
    ...it,
    request,
    delivery,
    asked,
    incident,
    lead,
    history,
    states,
    phases: async () => (await states()).map(({ phase }) => phase),
    click,
    advance: () => flows.advance(incident, never),
    approve: async (by: PersonId = people.onCall, how: object = {}) => {
      const digest = (await states())[0]?.together?.digest
      if (!digest) throw new Error('nothing to approve')
      return flows.approve({ ...click(by), digest, ...how })
    },
    running: () => [checkout, payments, ledger].map(({ platform }) => platform.running),
  }
}

test('whoever needs another goes first, and all plans are on one record before anybody is asked', async () => {
  const it = await proposed()

  expect(it.asked.plans.map(({ service }) => service)).toEqual(
    [it.checkout, it.payments, it.ledger].map(({ service }) => service.id),
  )
  expect((await it.states()).map(({ together }) => [together?.at, together?.of])).toEqual([
    [0, 3],
    [1, 3],
    [2, 3],
  ])
  expect(await it.phases()).toEqual(Array(3).fill('awaiting_approval'))
  expect(await it.flows.requestTogether(it.request, it.delivery)).toMatchObject({
    kind: 'requested_together',
    rollback: it.lead,
  })
})

test('one approval lets them all go, one after the other, each after the one before has settled and is well', async () => {
  const it = await proposed()
  expect((await it.approve()).kind).toBe('decided')

  await it.advance()
  await it.advance()
  expect(it.running()).toEqual(['v2.2.1', 'v2.3.0', 'v2.3.0'])
  await database.moveClock(seconds(20))
  await it.advance()
  expect(it.running()).toEqual(['v2.2.1', 'v2.3.0', 'v2.3.0'])
  await database.moveClock(seconds(11))
  await it.advance()
  expect(it.running()).toEqual(['v2.2.1', 'v2.2.1', 'v2.3.0'])
  await database.moveClock(seconds(31))
  await it.advance()
  expect(it.running()).toEqual(['v2.2.1', 'v2.2.1', 'v2.2.1'])
  const kinds = (await it.history()).map(({ event }) => event.kind)
  expect(kinds.filter((kind) => kind === 'turn_taken')).toHaveLength(2)
})

test('the incident ends when the last of them is stable', async () => {
  const it = await proposed()
  await it.approve()
  for (let turn = 0; turn < 4; turn += 1) {
    await it.advance()
    await database.moveClock(seconds(61))
  }
  await it.advance()
  expect(await it.phases()).toEqual(Array(3).fill('watching'))
  for (let minute = 0; minute < 4 && !incidentState(await it.history())?.closed; minute += 1) {
    await database.moveClock(minutes(29))
    await it.advance()
    await database.moveClock(minutes(2))
    await it.advance()
  }

  expect(await it.phases()).toEqual(Array(3).fill('stable'))
  expect(incidentState(await it.history())?.closed?.because).toBe('stable')
})

describe('at the first failure the rest is left as it is', () => {
  test('where its change is refused', async () => {
    const it = await proposed()
    await it.approve()
    await it.advance()
    it.refused.add(it.payments.service.id)
    await database.moveClock(seconds(31))
    await it.advance()

    expect(it.running()).toEqual(['v2.2.1', 'v2.3.0', 'v2.3.0'])
    expect((await it.phases()).slice(1)).toEqual(['undone', 'cancelled'])
  })

  test('where it is out and not well', async () => {
    const it = await proposed()
    await it.approve()
    await it.advance()
    it.checkout.platform.ready = 3
    await database.moveClock(seconds(31))
    await it.advance()
    expect(it.running()).toEqual(['v2.2.1', 'v2.3.0', 'v2.3.0'])
    await database.moveClock(minutes(5))
    await it.advance()
    await it.advance()

    expect(it.running()).toEqual(['v2.2.1', 'v2.3.0', 'v2.3.0'])
    expect((await it.phases()).slice(1)).toEqual(['cancelled', 'cancelled'])
    const [left] = (await it.history()).flatMap(({ event }) =>
      event.kind === 'rollback_left' ? [event.why] : [],
    )
    expect(left).toContain(it.checkout.service.id)
    // Their workloads are free again.
    expect(await it.world.timeline.holder(workloadId(it.ledger.service.id))).toBeUndefined()
  })

  test('where somebody takes the one before back', async () => {
    const it = await proposed()
    await it.approve()
    await it.advance()
    await it.flows.undo({ ...it.click(people.onCall), reason: 'it was not the version' })
    await it.advance()

    expect(it.running()).toEqual(['v2.3.0', 'v2.3.0', 'v2.3.0'])
    expect(await it.phases()).toEqual(['undone', 'cancelled', 'cancelled'])
  })
})

test('what was changed before its turn is asked about anew, alone, and what comes after it is left', async () => {
  const it = await proposed()
  await it.approve()
  await it.advance()
  it.payments.platform.generation += 1
  await database.moveClock(seconds(31))
  await it.advance()

  expect(it.running()).toEqual(['v2.2.1', 'v2.3.0', 'v2.3.0'])
  expect((await it.phases()).slice(1)).toEqual(['awaiting_approval', 'cancelled'])
  const [, payments] = await it.states()
  if (!payments?.digest) throw new Error('no plan')
  const again = await it.flows.approve({
    ...it.click(people.onCall, payments.id),
    digest: payments.digest,
  })
  await it.advance()
  expect([again.kind, it.running()[1]]).toEqual(['decided', 'v2.2.1'])
})

describe('one decision', () => {
  test('is refused to whoever lacks the authority over one of them, which is named, and none begins', async () => {
    const it = await scenes()
    const { directory } = it.checkout
    const inner = directory.standing.bind(directory)
    const world = {
      ...it.world,
      directory: {
        ...directory,
        standing: async (...[person, service, signal]: Parameters<typeof inner>) => {
          const standing = await inner(person, service, signal)
          return service.id === it.ledger.service.id && standing.kind === 'member'
            ? { ...standing, roles: person === people.vp ? standing.roles : [] }
            : standing
        },
      },
    }
    const flows = workflows(world)
    const asked = await flows.requestTogether(
      {
        by: people.onCall,
        services: [it.checkout, it.ledger].map(({ service }) => service.id),
        reason: 'both went out at 14:20',
        reasonKind: 'other',
        severity: undefined,
        since: undefined,
      },
      aDelivery(),
    )
    if (asked.kind !== 'requested_together') throw new Error(asked.kind)
    const { incident, rollback } = asked
    const digest = rollbacksOf(await world.timeline.read(incident))[0]?.together?.digest
    if (!digest) throw new Error('no digest')
    const approve = (by: PersonId) => flows.approve({ by, rollback, digest, delivery: aDelivery() })

    expect(await approve(people.onCall)).toMatchObject({
      kind: 'refused',
      over: it.ledger.service.id,
      refusal: { kind: 'not_now', holds: null },
    })
    await flows.advance(incident, never)
    expect(rollbacksOf(await world.timeline.read(incident)).map(({ phase }) => phase)).toEqual([
      'awaiting_approval',
      'awaiting_approval',
    ])
    expect((await approve(people.vp)).kind).toBe('decided')
  })

  test('counts the clock of whichever incident began first', async () => {
    const it = await scenes()
    const { flows, ledger, checkout } = it
    const since = await it.world.timeline.now()
    const alone = await flows.requestRollback(
      {
        by: people.onCall,
        service: ledger.service.id,
        to: undefined,
        reason: 'errors',
        reasonKind: 'other',
        severity: undefined,
        since,
        notBefore: undefined,
      },
      aDelivery(),
    )
    if (alone.kind !== 'requested') throw new Error(alone.kind)
    await flows.cancel({ by: people.onCall, rollback: alone.rollback, delivery: aDelivery() })
    await database.moveClock(minutes(16))

    const asked = await flows.requestTogether(
      {
        by: people.onCall,
        services: [checkout, ledger].map(({ service }) => service.id),
        reason: 'both went out',
        reasonKind: 'other',
        severity: undefined,
        since: undefined,
      },
      aDelivery(),
    )

    expect(asked).toMatchObject({ kind: 'requested_together', who: { now: 'team-lead' } })
    expect(asked.kind === 'requested_together' && asked.incident).toBe(alone.incident)
  })

  test('is bound to all plans as they were shown', async () => {
    const it = await proposed()
    const [, , third] = await it.states()
    if (!third?.digest) throw new Error('no plan')

    const refused = await it.flows.approve({
      ...it.click(people.onCall, third.id),
      digest: third.digest,
    })

    expect(refused).toMatchObject({ kind: 'refused', refusal: { kind: 'plan_changed' } })
    expect(await it.phases()).toEqual(Array(3).fill('awaiting_approval'))
  })

  test('needs two people for all of them where one of them needs two', async () => {
    const it = await proposed({ ledger: { twoPerson: true } })

    expect(await it.approve(people.onCall)).toMatchObject({
      kind: 'refused',
      over: it.ledger.service.id,
      refusal: { kind: 'second_person_needed' },
    })
    expect(await it.phases()).toEqual(Array(3).fill('awaiting_approval'))
    expect((await it.approve(people.teamLead)).kind).toBe('decided')
    expect(await it.phases()).toEqual(Array(3).fill('approved'))
  })

  test('rejects and cancels all of them; later, what has not begun', async () => {
    const it = await proposed()
    await it.flows.reject({ ...it.click(people.onCall), reason: 'not now' })
    expect(await it.phases()).toEqual(Array(3).fill('rejected'))

    const other = await proposed()
    await other.approve()
    await other.advance()
    const [, second] = await other.states()
    await other.flows.cancel(other.click(people.onCall, second?.id))
    await database.moveClock(seconds(31))
    await other.advance()

    expect(other.running()).toEqual(['v2.2.1', 'v2.3.0', 'v2.3.0'])
    expect((await other.phases()).slice(1)).toEqual(['cancelled', 'cancelled'])
  })

  test('expires for all of them, asked for and approved', async () => {
    const it = await proposed()
    await database.moveClock(minutes(121))
    await it.advance()
    expect(await it.phases()).toEqual(Array(3).fill('expired'))

    const other = await proposed()
    await other.approve()
    await database.moveClock(minutes(6))
    await other.advance()
    expect(await other.phases()).toEqual(Array(3).fill('awaiting_approval'))
    expect((await other.approve(people.vp)).kind).toBe('decided')
  })
})

test('people are asked once for all of them', async () => {
  const it = await proposed()
  await database.moveClock(minutes(16))
  await it.advance()

  const { rows } = await database.pools.work.query<{ about: string }>(
    `SELECT notice ->> 'about' AS about FROM outbox WHERE kind = 'mention' AND stream_id = $1`,
    [it.incident],
  )
  expect(rows.map(({ about }) => about).toSorted()).toEqual(['asked', 'escalated'])
  const cards = await database.pools.work.query<{ rollback: string }>(
    `SELECT DISTINCT notice ->> 'rollback' AS rollback FROM outbox WHERE kind = 'card' AND stream_id = $1`,
    [it.incident],
  )
  expect(cards.rows.map(({ rollback }) => rollback)).toEqual([it.lead])
})

test('nothing is proposed for any where one of them cannot be rolled back', async () => {
  const it = await scenes()
  it.ledger.platform.running = 'v2.2.1'
  const before = await it.world.timeline.openIncidents(it.checkout.service.id)
  it.ledger.platform.silentFor = 1

  const asked = await it.flows.requestTogether(
    {
      by: people.onCall,
      services: [it.checkout, it.ledger].map(({ service }) => service.id),
      reason: 'both went out at 14:20',
      reasonKind: 'other',
      severity: undefined,
      since: undefined,
    },
    aDelivery(),
  )

  expect(asked).toMatchObject({
    kind: 'blocked_together',
    blocked: [{ service: it.ledger.service.id }],
    others: [it.checkout.service.id],
  })
  expect(await it.world.timeline.openIncidents(it.checkout.service.id)).toEqual(before)
})

test('one that is under way already holds its workload, and is named', async () => {
  const it = await proposed()

  const again = await it.flows.requestTogether(
    { ...it.request, services: [serviceId(it.ledger.service.id), it.payments.service.id] },
    aDelivery(),
  )

  expect(again).toMatchObject({ kind: 'already_under_way', incident: it.incident })
  expect(await it.flows.status(it.ledger.service.id)).toMatchObject({
    open: [{ incident: it.incident }],
  })
})
