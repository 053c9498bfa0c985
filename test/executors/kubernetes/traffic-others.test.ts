import { describe, expect, test } from 'vitest'
import { type ChangeOf, KubernetesChange } from '#executors/kubernetes/schema.ts'
import { shifting } from '#executors/kubernetes/traffic/shift.ts'
import { NeedsPerson, type Progress, Superseded } from '#ports/executor.ts'
import { change, shift } from './traffic-planned.ts'
import { freshTrafficWorlds, mergePatch, type TrafficWorld } from './traffic-world.ts'
import { signal } from './world.ts'

const world = freshTrafficWorlds()

/** How the step ends, once it was made. */
async function ended(w: TrafficWorld, made: ChangeOf<'set_weights'>) {
  let last: Progress | undefined
  for await (const seen of shifting(w.api, made, signal())) last = seen
  return last
}
function anew(end: Progress | undefined): ChangeOf<'set_weights'> {
  const again = KubernetesChange.parse(end?.kind === 'failed' ? end.again : undefined)
  if (again.kind !== 'set_weights') throw new Error('it is not made once more')
  return again
}

/** A colleague's hand, on the weights alone. */
const putBy = (w: TrafficWorld, stable: number, canary: number) =>
  w.patch(
    [stable, canary].map((value, at) => ({
      op: 'replace',
      path: `/spec/http/0/route/${at}/weight`,
      value,
    })),
  )

test.for([
  [90, 10],
  [70, 30],
] as const)(
  'weights that somebody put at %i/%i after our step are not written over when it is tried again, only when somebody wants it made once more',
  async ([stable, canary]) => {
    const w = await world()
    const planned = await change(w, 0)
    await shift(w, planned)
    await putBy(w, stable, canary)

    await shift(w, planned)

    expect(await w.weights()).toEqual([`primary: ${stable}/${canary}`])
    expect(w.patches()).toHaveLength(1)
    const end = await ended(w, planned)
    expect(end).toMatchObject({
      kind: 'failed',
      message: `somebody else changed the weights of route primary of VirtualService checkout: checkout/stable ${stable}, checkout/canary ${canary}`,
    })

    const again = anew(end)
    await shift(w, again)
    expect(await w.weights()).toEqual(['primary: 100/0'])
    expect(await ended(w, again)).toMatchObject({ kind: 'settled' })

    // That was one press: it is no leave for the next time, nor for other weights than they had read of.
    await putBy(w, stable, canary)
    await shift(w, again)
    const once = anew(await ended(w, again))
    await putBy(w, 60, 40)
    await expect(shift(w, once)).rejects.toThrow(Superseded)
    expect(await w.weights()).toEqual(['primary: 60/40'])
  },
)

test('what somebody changed after we had put the weights back is left so, and a person is told', async () => {
  const w = await world()
  const planned = await change(w, 0)
  const back = { ...planned, weights: planned.expect[0] ?? {}, expect: [planned.weights] }
  const undo = { ...back, undoes: true as const }
  await shift(w, planned)
  await shift(w, undo, 'rb_1.0.undo')
  await putBy(w, 100, 0)

  await expect(shift(w, undo, 'rb_1.0.undo')).rejects.toThrow(NeedsPerson)

  expect(await w.weights()).toEqual(['primary: 100/0'])
})

test.for([
  ['a step', 'checkout', 0],
  ['an undo', 'checkout-canary', 50],
] as const)(
  '%s sends no more requests to a version without a ready pod',
  async ([, deployment, share]) => {
    const w = await world()
    const planned = await change(w, share)
    await w.cluster.must(
      'PATCH',
      w.deploymentPath(deployment),
      { spec: { replicas: 0 } },
      mergePatch,
    )

    await expect(shift(w, planned)).rejects.toThrow(
      new Superseded(`no pod of ${deployment} is ready`),
    )

    expect(await w.weights()).toEqual(['primary: 90/10'])
  },
)

describe('a version that somebody has shipped into the stable Deployment', () => {
  const another = 'checkout runs another version by now'

  test('gets no more requests by a step', async () => {
    const w = await world()
    const planned = await change(w, 0)
    await w.shipInto('2.4.0')

    await expect(shift(w, planned)).rejects.toThrow(new Superseded(another))

    expect(await w.weights()).toEqual(['primary: 90/10'])
  })

  test('… nor by what takes a promotion back', async () => {
    const w = await world()
    const planned = await change(w, 50)
    await shift(w, planned)
    await w.shipInto('2.4.0')
    const weights = planned.expect[0] ?? {}
    const undo = { ...planned, weights, expect: [planned.weights], undoes: true as const }

    await expect(shift(w, undo, 'rb_1.0.undo')).rejects.toThrow(new Superseded(another))

    expect(await w.weights()).toEqual(['primary: 50/50'])
  })

  test('loses some to the canary as it was decided', async () => {
    const w = await world()
    const planned = await change(w, 50)
    await w.shipInto('2.4.0')

    await shift(w, planned)

    expect(await w.weights()).toEqual(['primary: 50/50'])
  })

  test('ends a step at which the pods are watched', async () => {
    const w = await world()
    const planned = { ...(await change(w, 0)), holdSeconds: 600 }
    await shift(w, planned)
    await w.shipInto('2.4.0')

    const end = await ended(w, planned)

    expect(end).toMatchObject({
      kind: 'failed',
      message: `${another} at 100 % of the requests`,
    })
  })

  test('is not looked at by a plan from before there was anything to compare', async () => {
    const w = await world()
    const { stable: _, ...planned } = await change(w, 0)
    await w.shipInto('2.4.0')

    await shift(w, planned)

    expect(await w.weights()).toEqual(['primary: 100/0'])
  })
})
