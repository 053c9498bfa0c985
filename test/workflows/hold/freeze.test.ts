import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PersonId, type RollbackId, rollbackId } from '#domain/ids.ts'
import { instant, minutes, seconds } from '#domain/time.ts'
import { NotAllowed } from '#ports/executor.ts'
import { CannotFreeze, type Freezer, type StandingFreeze } from '#ports/freezer.ts'
import type { Change } from '#ports/store.ts'
import { people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene, type Scene } from '../../support/scripted-world.ts'
import { propose } from '../cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const never = new AbortController().signal
const why = 'the fix must go out'

/** A platform that freezes: what stands there by workload, and what it says to the next so many calls. */
function aFreezer() {
  const standing = new Map<string, RollbackId>()
  /** Of other rollbacks, beside it. */
  const others = new Map<string, StandingFreeze>()
  const troubles: { readonly error: Error; readonly isDone: boolean }[] = []
  const trouble = (act: () => void) => {
    const next = troubles.shift()
    if (!next || next.isDone) act()
    if (next) throw next.error
  }
  const freezer: Freezer = {
    covers: () => true,
    async raise({ workload }, { rollback }) {
      trouble(() => standing.set(workload, rollback))
    },
    async lift({ workload }, rollback) {
      trouble(() => {
        if (standing.get(workload) === rollback) standing.delete(workload)
      })
      return others.get(workload)
    },
  }
  return {
    freezer,
    standing,
    others,
    fails: (error: Error, times = 1) => {
      for (let at = 0; at < times; at += 1) troubles.push({ error, isDone: false })
    },
    /** Done, but nobody hears of it. */
    losesAnswer: () => troubles.push({ error: new Error('socket hang up'), isDone: true }),
  }
}

/** A rollback of a service that can be frozen; `changes` holds what was written, for the jobs it queued. */
async function frozenScene(freezing = aFreezer()) {
  const changes: Change[] = []
  const scene = await aScene(database, {}, (inner) => ({
    ...inner,
    append: (incident, seq, change) => {
      changes.push(change)
      return inner.append(incident, seq, change)
    },
  }))
  const executor = scene.world.executors.get('scripted')
  if (!executor) throw new Error('no executor')
  const able: Scene = {
    ...scene,
    world: {
      ...scene.world,
      executors: new Map([['scripted', { ...executor, freezer: freezing.freezer }]]),
    },
  }
  const rollback = await propose(able)
  const freezes = async () =>
    (await rollback.history()).flatMap(({ event }) =>
      event.kind === 'freeze_failed'
        ? `${event.kind}: ${event.why}`
        : event.kind.startsWith('freeze_')
          ? event.kind
          : [],
    )
  return {
    ...rollback,
    ...freezing,
    scene: able,
    changes,
    freezes,
    reconcile: () => rollback.flows.reconcileFreezes(rollback.incident, never),
    isFrozen: () => freezing.standing.size === 1,
  }
}

test('frozen from the request on, and open when it is rejected', async () => {
  const it = await frozenScene()
  expect(it.changes.at(-1)?.jobs).toContain('freeze')
  await it.reconcile()
  await it.reconcile()
  expect(it.isFrozen()).toBe(true)
  expect(await it.freezes()).toEqual(['freeze_begun', 'freeze_raised'])

  await it.flows.reject({ ...it.click(people.onCall), reason: 'it is the bank' })
  await it.reconcile()

  expect(it.isFrozen()).toBe(false)
  expect(await it.freezes()).toEqual(['freeze_begun', 'freeze_raised', 'freeze_lifted'])
})

describe('where another freeze stands beside it, nobody is told that deploys are open', () => {
  const until = instant(4_102_444_800_000_000)
  async function endsBeside(another: (own: RollbackId) => StandingFreeze) {
    const it = await frozenScene()
    await it.reconcile()
    const [workload = ''] = it.standing.keys()
    it.others.set(workload, another(it.rollback))
    await it.flows.reject({ ...it.click(people.onCall), reason: 'it is the bank' })
    await it.reconcile()
    const last = (await it.history()).findLast(({ event }) => event.kind === 'freeze_lifted')
    return { event: last?.event, service: it.scene.service.id, incident: it.incident }
  }

  test('whose it is, and until when it lasts, is on the record', async () => {
    // Any rollback whose incident is known.
    const { event, service, incident } = await endsBeside((rollback) => ({ rollback, until }))

    expect(event).toMatchObject({ because: 'ended', others: [{ service, incident, until }] })
  })

  test('by hand, it is of nobody, and names no time', async () => {
    const { event, service } = await endsBeside(() => ({
      rollback: rollbackId('because of the sale'),
      until: undefined,
    }))

    expect(event).toMatchObject({ others: [{ service }] })
    expect(Object.keys(Object(Object(event).others[0]))).toEqual(['service'])
  })
})

test('a platform that cannot freeze has nothing on its record', async () => {
  const scene = await aScene(database)
  const it = await propose(scene)
  await it.flows.reconcileFreezes(it.incident, never)

  expect((await it.kinds()).filter((kind) => kind.startsWith('freeze_'))).toEqual([])
})

test('the rollback waits for no freeze, however long that takes', async () => {
  const stuck = aFreezer()
  const hanging = new Promise<void>(() => undefined)
  const it = await frozenScene({
    ...stuck,
    freezer: { ...stuck.freezer, raise: async () => hanging },
  })
  void it.reconcile()
  await it.approve()
  await it.advance()

  expect((await it.state()).phase).toBe('verifying')
})

describe('lifted by a person', () => {
  test('once, as ordered, and it stays open', async () => {
    const it = await frozenScene()
    await it.reconcile()
    const click = it.click(people.onCall)

    const first = await it.flows.liftFreeze({ ...click, reason: why })
    const again = await it.flows.liftFreeze({ ...click, reason: why })
    await it.reconcile()
    await it.approve()
    await it.advance()
    await it.reconcile()

    expect(first).toMatchObject({ kind: 'decided', decided: 'lift-freeze' })
    expect(again).toEqual(first)
    expect(it.isFrozen()).toBe(false)
    expect(await it.freezes()).toEqual([
      'freeze_begun',
      'freeze_raised',
      'freeze_lift_authorised',
      'freeze_lifted',
    ])
  })

  test('by at least the level that approved; a refusal is on the record', async () => {
    const it = await frozenScene()
    await it.reconcile()
    await it.approve(people.teamLead)

    const refused = await it.flows.liftFreeze({ ...it.click(people.onCall), reason: why })
    const lifted = await it.flows.liftFreeze({ ...it.click(people.teamLead), reason: why })

    expect(refused).toMatchObject({ kind: 'refused', refusal: { kind: 'below_approver' } })
    expect(lifted).toMatchObject({ kind: 'decided', as: 'team-lead' })
    expect(await it.kinds()).toContain('decision_refused')
  })

  test('not before it stands, and not without a reason', async () => {
    const it = await frozenScene()
    const lift = (reason: string) => it.flows.liftFreeze({ ...it.click(people.onCall), reason })

    expect(await lift(why)).toMatchObject({ refusal: { kind: 'nothing_to_decide' } })
    await it.reconcile()
    expect(await lift('')).toMatchObject({ refusal: { kind: 'reason_needed' } })
  })
})

describe('trouble', () => {
  test('a platform that is away is asked again, and the record says so once', async () => {
    const it = await frozenScene()
    it.fails(new Error('connection refused'), 3)

    for (let at = 0; at < 3; at += 1)
      await expect(it.reconcile()).rejects.toThrow('connection refused')
    await it.reconcile()

    expect(await it.freezes()).toEqual([
      'freeze_begun',
      'freeze_failed: connection refused',
      'freeze_raised',
    ])
    expect((await it.state()).freeze.failure).toBeUndefined()
  })

  test.each([
    new NotAllowed('patch', 'configmaps'),
    new CannotFreeze('there is no ConfigMap countermand-freeze'),
  ])('%s is said once, and tried again only when the rollback starts', async (error) => {
    const it = await frozenScene()
    it.fails(error)
    await it.reconcile()
    await it.reconcile()
    expect(await it.freezes()).toEqual(['freeze_begun', `freeze_failed: ${error.message}`])

    await it.approve()
    await it.advance()
    await it.reconcile()

    expect(it.isFrozen()).toBe(true)
    expect(await it.freezes()).toContain('freeze_raised')
  })

  test('raised, its answer lost, then rejected: it is opened all the same', async () => {
    const it = await frozenScene()
    it.losesAnswer()
    await expect(it.reconcile()).rejects.toThrow('socket hang up')
    expect(it.isFrozen()).toBe(true)

    await it.flows.reject({ ...it.click(people.onCall), reason: 'it is the bank' })
    await it.reconcile()

    expect(it.isFrozen()).toBe(false)
  })

  test('what cannot be opened for want of a right is tried until it can', async () => {
    const it = await frozenScene()
    await it.reconcile()
    await it.flows.liftFreeze({ ...it.click(people.onCall), reason: why })
    it.fails(new NotAllowed('patch', 'configmaps'), 2)

    await expect(it.reconcile()).rejects.toThrow(NotAllowed)
    await expect(it.reconcile()).rejects.toThrow(NotAllowed)
    await it.reconcile()

    expect(it.isFrozen()).toBe(false)
    expect((await it.freezes()).filter((kind) => kind.startsWith('freeze_failed'))).toHaveLength(1)
  })

  test('two workers at once write one freeze', async () => {
    const it = await frozenScene()
    await Promise.all([it.reconcile(), it.reconcile(), it.reconcile()])

    expect(it.isFrozen()).toBe(true)
    expect((await it.freezes()).filter((kind) => kind === 'freeze_raised')).toHaveLength(1)
  })
})

test('a freeze ends with its time where nothing goes on any more', async () => {
  const it = await frozenScene()
  await it.reconcile()
  await it.approve()
  it.scene.platform.metricsDown = true
  await it.advance()
  await database.moveClock(minutes(6))
  await it.advance()
  expect((await it.state()).phase).toBe('unverified')

  await database.moveClock(minutes(113))
  await it.reconcile()
  expect(it.isFrozen()).toBe(true)
  await database.moveClock(seconds(61))
  await it.reconcile()

  expect(it.isFrozen()).toBe(false)
  expect((await it.state()).freeze.lifted?.because).toBe('expired')
})

test('what a rollback brought is pinned by at least the level that approved, and open when the time is over', async () => {
  const it = await frozenScene()
  await it.approve(people.teamLead)
  const pin = (by: PersonId) =>
    it.flows.pin({ ...it.click(by), reason: 'the fix is not reviewed yet', time: '4h' })
  expect(await pin(people.teamLead)).toMatchObject({ refusal: { kind: 'nothing_to_decide' } })
  await it.advance()
  await database.moveClock(seconds(61))
  await it.advance()
  await database.moveClock(minutes(31))
  await it.advance()
  await it.reconcile()
  expect((await it.state()).phase).toBe('stable')
  expect(it.isFrozen()).toBe(false)

  expect(await pin(people.onCall)).toMatchObject({ refusal: { kind: 'below_approver' } })
  expect(await pin(people.teamLead)).toMatchObject({ kind: 'decided', decided: 'pin' })
  await it.reconcile()
  expect(it.isFrozen()).toBe(true)

  await database.moveClock(minutes(4 * 60 - 1))
  await it.reconcile()
  expect(it.isFrozen()).toBe(true)
  await database.moveClock(seconds(61))
  await it.reconcile()
  expect(it.isFrozen()).toBe(false)
  expect((await it.state()).freeze.lifted?.because).toBe('expired')
})
