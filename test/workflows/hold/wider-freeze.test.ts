import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PersonId, type RollbackId, rollbackId, serviceId, workloadId } from '#domain/ids.ts'
import type { Service } from '#domain/service.ts'
import type { Freezer, StandingFreeze } from '#ports/freezer.ts'
import { type Instant, instant, seconds } from '#domain/time.ts'
import { people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene } from '../../support/scripted-world.ts'
import { propose } from '../cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const never = new AbortController().signal
const reason = 'payments is unsteady, too'

/** Beside the service that is rolled back: one of the same owner, one of another, one that cannot be frozen. */
async function teamScene() {
  const standing = new Map<string, RollbackId>()
  const unauthorised = new Map<string, PersonId>()
  /** Of others, beside ours. */
  const elsewhere = new Map<string, StandingFreeze>()
  const freezer: Freezer = {
    covers: ({ workload }) => !workload.includes('lambda'),
    async raise({ workload }, { rollback, isBeside }) {
      standing.set(`${workload}${isBeside ? ' beside' : ''}`, rollback)
    },
    async lift({ workload }, rollback) {
      for (const key of [workload, `${workload} beside`])
        if (standing.get(key) === rollback) standing.delete(key)
      return elsewhere.get(workload)
    },
  }
  const scene = await aScene(database)
  const { service, world } = scene
  const executor = world.executors.get('scripted')
  const [target] = service.targets
  if (!executor || !target) throw new Error('no executor')
  const other = (name: string, owner = service.owner): Service => ({
    ...service,
    id: serviceId(`${service.id}-${name}`),
    owner,
    targets: [{ ...target, workload: workloadId(`${service.id}/${name}`), title: name }],
  })
  const others = [other('payments'), other('cart', 'Storefront'), other('lambda')]
  const catalogue = new Map([service, ...others].map((one) => [one.id as string, one]))
  const directory: typeof world.directory = {
    ...world.directory,
    standing: (person, of, signal) =>
      unauthorised.get(of.id ?? '') === person
        ? Promise.resolve({ kind: 'member', person, identity: person, roles: [], unknown: [] })
        : world.directory.standing(person, of, signal),
  }
  const executors = new Map([['scripted', { ...executor, freezer }]])
  const it = await propose({ ...scene, world: { ...world, catalogue, directory, executors } })
  const reconcile = () => it.flows.reconcileFreezes(it.incident, never)
  await reconcile()
  const [payments] = others
  return {
    ...it,
    reconcile,
    unauthorised,
    service,
    payments: payments?.id ?? '',
    freezePayments: (until: Instant) =>
      elsewhere.set(payments?.targets[0]?.workload ?? '', {
        rollback: rollbackId('rb_other'),
        until,
      }),
    frozen: () => [...standing.keys()].map((key) => key.replace(`${service.id}/`, '')).toSorted(),
    own: target.workload,
    widen: (by = people.onCall, why = reason) =>
      it.flows.widenFreeze({ ...it.click(by), reason: why }),
    lift: () => it.flows.liftFreeze({ ...it.click(people.onCall), reason: 'all is well' }),
  }
}

test('every other service of the owner that can be frozen is frozen beside it, and one lift opens all', async () => {
  const it = await teamScene()
  const own = it.own.replace(`${it.service.id}/`, '')
  expect(it.frozen()).toEqual([own])

  expect(await it.widen()).toMatchObject({ kind: 'decided', decided: 'widen-freeze' })
  await it.reconcile()
  await it.reconcile()
  expect(it.frozen()).toEqual([own, 'payments beside'].toSorted())
  expect((await it.state()).freeze.wider?.services).toEqual([it.payments])

  await it.lift()
  await it.reconcile()
  expect(it.frozen()).toEqual([])
  expect((await it.kinds()).filter((kind) => kind.startsWith('freeze_'))).toEqual([
    'freeze_begun',
    'freeze_raised',
    'freeze_widened',
    'freeze_begun',
    'freeze_raised',
    'freeze_lift_authorised',
    'freeze_lifted',
  ])
})

test('where one of the others is frozen by its own rollback as well, that one is named, and no other', async () => {
  const it = await teamScene()
  await it.widen()
  await it.reconcile()
  await it.reconcile()
  const until = instant(4_102_444_800_000_000)
  it.freezePayments(until)

  await it.lift()
  await it.reconcile()

  const last = (await it.history()).findLast(({ event }) => event.kind === 'freeze_lifted')
  expect(last?.event).toMatchObject({ others: [{ service: it.payments, until }] })
})

test('it needs the authority over each of them; a refusal names the one that is missing', async () => {
  const it = await teamScene()
  it.unauthorised.set(it.payments, people.onCall)

  const refused = await it.widen()
  const allowed = await it.widen(people.teamLead)

  expect(refused).toMatchObject({
    kind: 'refused',
    refusal: { kind: 'below_approver', over: it.payments, holds: null },
  })
  expect(allowed).toMatchObject({ kind: 'decided', as: 'team-lead' })
  expect(await it.kinds()).toContain('decision_refused')
})

test('what was widened is not pinned with it: its end comes first', async () => {
  const it = await teamScene()
  await it.approve()
  await it.advance()
  await database.moveClock(seconds(61))
  await it.advance()
  await it.widen()
  const pin = () =>
    it.flows.pin({ ...it.click(people.onCall), reason: 'the fix is not reviewed', time: '4h' })
  expect(await pin()).toMatchObject({ refusal: { kind: 'nothing_to_decide' } })

  await it.lift()
  await it.reconcile()
  expect(await pin()).toMatchObject({ kind: 'decided', decided: 'pin' })
  await it.reconcile()
  await it.reconcile()

  expect(it.frozen()).toEqual([`${it.own.replace(`${it.service.id}/`, '')} beside`])
})

test('what is pinned is not widened: nobody else is refused for as long as that', async () => {
  const it = await teamScene()
  await it.approve()
  await it.advance()
  await database.moveClock(seconds(61))
  await it.advance()
  await it.flows.pin({ ...it.click(people.onCall), reason: 'the fix is not reviewed', time: '7d' })
  await it.reconcile()
  await it.reconcile()

  expect(await it.widen()).toMatchObject({ refusal: { kind: 'nothing_to_decide' } })
})

test('it is decided once, with a reason, and only while the freeze stands', async () => {
  const it = await teamScene()
  expect(await it.widen(people.onCall, '')).toMatchObject({ refusal: { kind: 'reason_needed' } })
  await it.widen()
  expect(await it.widen()).toMatchObject({ refusal: { kind: 'nothing_to_decide' } })

  const open = await teamScene()
  await open.lift()
  await open.reconcile()
  expect(await open.widen()).toMatchObject({ refusal: { kind: 'nothing_to_decide' } })
})

test('widened and lifted before anything was done about it, nothing of the others was touched', async () => {
  const it = await teamScene()
  await it.widen()
  await it.lift()
  await it.reconcile()

  expect(it.frozen()).toEqual([])
  expect((await it.kinds()).filter((kind) => kind === 'freeze_begun')).toHaveLength(1)
})

test('where the owner has nothing else that can be frozen, that is the answer', async () => {
  const scene = await aScene(database)
  const executor = scene.world.executors.get('scripted')
  if (!executor) throw new Error('no executor')
  const freezer: Freezer = { covers: () => true, raise: async () => {}, lift: async () => {} }
  const executors = new Map([['scripted', { ...executor, freezer }]])
  const it = await propose({ ...scene, world: { ...scene.world, executors } })
  await it.flows.reconcileFreezes(it.incident, never)

  expect(await it.flows.widenFreeze({ ...it.click(people.onCall), reason })).toMatchObject({
    kind: 'nothing_found',
  })
})
