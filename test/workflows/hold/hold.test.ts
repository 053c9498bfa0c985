import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RollbackId } from '#domain/ids.ts'
import { NotAllowed } from '#ports/executor.ts'
import { CannotHold, type Holder, type HoldOrder } from '#ports/holder.ts'
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
const why = 'the cause was elsewhere'
const by = { kind: 'image', images: [['shop/checkout:2.3.0']] } as const

/** A platform that refuses versions: what it was told last, and what it says to the next so many calls. */
function aHolder() {
  const standing = new Map<RollbackId, HoldOrder>()
  const troubles: { readonly error: Error; readonly isDone: boolean }[] = []
  const trouble = (act: () => void) => {
    const next = troubles.shift()
    if (!next || next.isDone) act()
    if (next) throw next.error
  }
  const holder: Holder = {
    covers: () => true,
    async enforce(_target, order) {
      trouble(() => standing.set(order.rollback, order))
      return by
    },
    async release(_target, rollback) {
      trouble(() => standing.delete(rollback))
    },
  }
  return { holder, standing, troubles }
}

/** A rollback that is done: what it left is held. */
async function heldScene({ holder, standing, troubles } = aHolder()) {
  const scene = await aScene(database)
  const executor = scene.world.executors.get('scripted')
  if (!executor) throw new Error('no executor')
  const executors = new Map([['scripted', { ...executor, holder }]])
  const it = await propose({ ...scene, world: { ...scene.world, executors } })
  await it.approve()
  await it.advance()
  const told = async () =>
    (await it.history()).flatMap(({ event }) =>
      event.kind === 'hold_failed'
        ? `${event.kind}: ${event.why}`
        : event.kind.startsWith('hold_')
          ? event.kind
          : [],
    )
  return {
    ...it,
    standing,
    troubles,
    told,
    reconcile: () => it.flows.reconcileFreezes(it.incident, never),
    lift: () => it.flows.liftHold({ ...it.click(people.onCall), reason: why }),
  }
}

test('what was left is refused once the rollback is done, and let go when the hold is lifted', async () => {
  const it = await heldScene()
  await it.reconcile()
  await it.reconcile()
  const [order] = it.standing.values()
  expect(order).toMatchObject({ held: { name: 'v2.3.0' }, instead: { name: 'v2.2.1' } })
  expect(order?.words).toContain('is held by Countermand, since the on-call engineer approved')
  expect(order?.words).toContain(it.incident)
  expect(await it.told()).toEqual(['hold_placed', 'hold_begun', 'hold_enforced'])

  await it.lift()
  await it.reconcile()

  expect(it.standing.size).toBe(0)
  expect((await it.told()).slice(3)).toEqual(['hold_lifted', 'hold_released'])
})

test('a platform that cannot refuse versions is told nothing, and the hold says so', async () => {
  const platform = aHolder()
  const it = await heldScene({ ...platform, holder: { ...platform.holder, covers: () => false } })
  await it.reconcile()

  expect(await it.told()).toEqual(['hold_placed'])
  expect((await it.state()).hold?.isEnforceable).toBe(false)
})

test('lifted before the platform was told, it is never told', async () => {
  const it = await heldScene()
  await it.lift()
  await it.reconcile()

  expect(it.standing.size).toBe(0)
  expect(await it.told()).toEqual(['hold_placed', 'hold_lifted'])
})

describe('trouble', () => {
  test('a platform that is away is asked again, and the record says so once', async () => {
    const it = await heldScene()
    for (let at = 0; at < 3; at += 1)
      it.troubles.push({ error: new Error('connection refused'), isDone: false })

    for (let at = 0; at < 3; at += 1)
      await expect(it.reconcile()).rejects.toThrow('connection refused')
    await it.reconcile()

    expect(await it.told()).toEqual([
      'hold_placed',
      'hold_begun',
      'hold_failed: connection refused',
      'hold_enforced',
    ])
    expect((await it.state()).hold?.failure).toBeUndefined()
  })

  test.each([
    new NotAllowed('create', 'podtemplates'),
    new CannotHold('the policy countermand-hold does not act'),
  ])(
    '%s is said once and left; it is let go all the same when the hold is lifted',
    async (error) => {
      const it = await heldScene()
      it.troubles.push({ error, isDone: true })
      await it.reconcile()
      await it.reconcile()
      expect(await it.told()).toEqual([
        'hold_placed',
        'hold_begun',
        `hold_failed: ${error.message}`,
      ])

      await it.lift()
      await it.reconcile()
      expect(it.standing.size).toBe(0)
      expect((await it.told()).at(-1)).toBe('hold_released')
    },
  )

  test('told, its answer lost, then lifted: it is let go', async () => {
    const it = await heldScene()
    it.troubles.push({ error: new Error('socket hang up'), isDone: true })
    await expect(it.reconcile()).rejects.toThrow('socket hang up')
    expect(it.standing.size).toBe(1)

    await it.lift()
    await it.reconcile()

    expect(it.standing.size).toBe(0)
  })

  test('what cannot be let go for want of a right is tried until it can', async () => {
    const it = await heldScene()
    await it.reconcile()
    await it.lift()
    it.troubles.push({ error: new NotAllowed('delete', 'podtemplates'), isDone: false })

    await expect(it.reconcile()).rejects.toThrow(NotAllowed)
    await it.reconcile()

    expect(it.standing.size).toBe(0)
  })

  test('two workers at once write one hold', async () => {
    const it = await heldScene()
    await Promise.all([it.reconcile(), it.reconcile(), it.reconcile()])

    expect(it.standing.size).toBe(1)
    expect((await it.told()).filter((kind) => kind === 'hold_enforced')).toHaveLength(1)
  })
})
