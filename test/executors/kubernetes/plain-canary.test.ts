import { afterEach, describe, expect, test } from 'vitest'
import type { Step } from '#domain/rollback/plan.ts'
import { Superseded } from '#ports/executor.ts'
import { aCanaryWorld, type CanarySetup, type CanaryWorld } from './canary-world.ts'
import { followed, signal, until } from './world.ts'

const open: CanaryWorld[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((made) => made.close()))
})
async function fresh(setup?: CanarySetup): Promise<CanaryWorld> {
  const made = await aCanaryWorld(setup)
  open.push(made)
  return made
}

/** Both numbers of ready pods at every step's end. */
async function carriedOut(w: CanaryWorld, steps: readonly Step[]) {
  const seen: (readonly [stable: number, canary: number])[] = []
  for (const [index, step] of steps.entries()) {
    await w.executor.apply(step.change, `pr_1.${index}`, signal())
    expect((await followed(w.executor, step)).at(-1)).toMatchObject({ kind: 'settled' })
    seen.push([(await w.observe()).units.ready, (await w.seen()).units.ready])
  }
  return seen
}
const namesOf = (steps: readonly Step[]): readonly string[] => steps.map(({ name }) => name)

describe('a canary Deployment beside the stable one', () => {
  test('is seen with the share that its pods have', async () => {
    const w = await fresh()

    const seen = await w.seen()

    expect(seen).toMatchObject({
      stable: { name: 'v2.2.1' },
      canary: { name: 'v2.3.0' },
      share: 33,
      of: 'instances',
      stops: undefined,
      units: { noun: 'pods', count: 1, ready: 1 },
      blockers: [],
    })
  })

  test('tells the nearest share that whole pods reach', async () => {
    const w = await fresh({ stable: 4 })

    const { steps, reaches, how, warnings } = await w.forward(30)
    const far = await w.forward(10)

    expect({ names: namesOf(steps), reaches, how, warnings }).toEqual({
      names: ['checkout-canary scaled to 2'],
      reaches: 33,
      how: '2 of 6 pods, about 33 %',
      warnings: [],
    })
    expect({ names: namesOf(far.steps), reaches: far.reaches, warnings: far.warnings }).toEqual({
      names: [],
      reaches: 20,
      warnings: [{ kind: 'coarse_share', asked: 10, own: 1, all: 5, noun: 'pods' }],
    })
  })

  test('grows before the stable version makes room, which it does only past one half', async () => {
    const w = await fresh()

    const half = await w.forward(50)
    const most = await w.forward(67)
    const seen = await carriedOut(w, most.steps)

    expect(namesOf(half.steps)).toEqual(['checkout-canary scaled to 2'])
    expect(namesOf(most.steps)).toEqual(['checkout-canary scaled to 2', 'checkout scaled to 1'])
    expect(seen).toEqual([
      [2, 2],
      [1, 2],
    ])
  })

  test('is not moved to fewer pods than it has', async () => {
    const w = await fresh({ canary: 2 })

    const { steps, blockers } = await w.forward(10)

    expect(steps).toEqual([])
    expect(blockers).toEqual([
      {
        kind: 'unsupported',
        why: 'the canary has 2 of 4 pods already; 10 % would be fewer',
      },
    ])
  })

  test('becomes the stable version, by that one’s own strategy and labels, and goes', async () => {
    const w = await fresh()
    const before = await w.seen()

    const leg = await w.forward(100)
    await carriedOut(w, leg.steps)

    expect(namesOf(leg.steps)).toEqual(['v2.3.0 given to checkout', 'checkout-canary scaled to 0'])
    expect(leg.how).toBe('checkout gets v2.3.0 · 2 pods, one at a time · then the canary goes to 0')
    expect(leg.differences).toMatchObject([{ what: 'image', to: expect.stringContaining('2.3.0') }])
    const after = await w.seen()
    expect(after.canary).toBeUndefined()
    expect(after.stable).toMatchObject({ id: before.canary?.id, name: 'v2.3.0' })
    expect((await w.workload()).spec.template.metadata?.labels).toEqual({ app: 'checkout' })
  })

  test('becomes the stable version with all the pods that carry the traffic', async () => {
    const w = await fresh()
    await carriedOut(w, (await w.forward(67)).steps)

    const { steps } = await w.forward(100)
    const seen = await carriedOut(w, steps)

    expect(namesOf(steps)).toEqual([
      'v2.3.0 given to checkout',
      'checkout scaled to 2',
      'checkout-canary scaled to 0',
    ])
    expect(seen.at(-1)).toEqual([2, 0])
  })

  test('is not given on once it runs another version than was approved', async () => {
    const w = await fresh()
    const [adoption] = (await w.forward(100)).steps
    await w.shipBeside('2.4.0')

    await expect(w.executor.apply(adoption?.change ?? null, 'pr_1.0', signal())).rejects.toThrow(
      Superseded,
    )

    expect(await w.image()).toBe('shop/checkout:2.2.1')
  })

  test('drains a quarter at a time, or goes at once', async () => {
    const w = await fresh({ stable: 4, canary: 4 })

    const atOnce = await w.away('immediate')
    const { steps } = await w.away('gradual')
    const seen = await carriedOut(w, steps)

    expect(namesOf(atOnce.steps)).toEqual(['checkout-canary scaled to 0'])
    expect(seen).toEqual([
      [4, 3],
      [4, 2],
      [4, 1],
      [4, 0],
    ])
  })

  test('is taken away only when the stable version carries everything again', async () => {
    const w = await fresh()
    await carriedOut(w, (await w.forward(67)).steps)

    const { steps, how } = await w.away()
    const seen = await carriedOut(w, steps)

    expect(namesOf(steps)).toEqual(['checkout scaled to 2', 'checkout-canary scaled to 0'])
    expect(how).toBe('checkout back to 2 pods first · canary from 2 to 0 at once')
    expect(seen).toEqual([
      [2, 2],
      [2, 0],
    ])
  })

  test('that nobody made, or that has no pod, is none', async () => {
    const w = await fresh({ canary: 0 })

    const { canary, share, blockers } = await w.seen()

    expect({ canary, share, blockers }).toEqual({
      canary: undefined,
      share: 0,
      blockers: [{ kind: 'unsupported', why: 'no canary is under way' }],
    })
  })

  test('is not moved by its number of pods where no Service sends to both', async () => {
    const w = await fresh()
    await w.request('PATCH', `/api/v1/namespaces/${w.namespace}/services/checkout`, {
      spec: { selector: { track: 'stable' } },
    })

    const { blockers, steps } = await w.forward(50)

    expect(steps).toEqual([])
    expect(blockers).toEqual([
      {
        kind: 'unsupported',
        why: 'no Service selects the pods of both checkout and checkout-canary, so that the number of pods decides nothing',
      },
    ])
  })

  test('that somebody scales while it is moved is not called settled', async () => {
    const w = await fresh()
    const [step] = (await w.forward(50)).steps
    if (!step) throw new Error('no step')
    await w.executor.apply(step.change, 'pr_1.0', signal())
    await w.scale(w.besidePath, 3)

    const end = (await followed(w.executor, step)).at(-1)

    expect(end).toMatchObject({
      kind: 'failed',
      message: 'checkout-canary was scaled to 3 by somebody or an autoscaler',
    })
  })

  test('that was scaled by hand since it was shown is not moved', async () => {
    const w = await fresh()
    const { precondition } = await w.seen()
    const [step] = (await w.forward(50)).steps
    await w.scale(w.besidePath, 3)

    expect(await w.promoter.changedSince(w.target, precondition, signal())).toMatch(
      /checkout-canary was scaled from 1 to 3 meanwhile$/,
    )
    await expect(w.executor.apply(step?.change ?? null, 'pr_1.0', signal())).rejects.toThrow(
      Superseded,
    )
  })

  test('is verified at a share by its pods, the stable ones, and the Service that sends to both', async () => {
    const w = await fresh()
    const { canary, stable } = await w.seen()
    if (!canary) throw new Error('no canary')
    const checks = (share: number) =>
      w.promoter.verify(w.target, { share, canary, stable }, signal())
    await until(async () => (await checks(33)).every(({ result }) => result === 'passed'))

    expect(await checks(33)).toEqual([
      { id: 'units', result: 'passed', text: '1/1 pods of checkout-canary ready' },
      { id: 'units', result: 'passed', text: '2/2 pods of checkout ready' },
      { id: 'serving', result: 'passed', text: 'the canary has 1 of 3 pods, about 33 %' },
      { id: 'endpoints', result: 'passed', text: 'endpoints 3/3 in service checkout' },
    ])
    expect((await checks(90)).find(({ id }) => id === 'serving')).toEqual({
      id: 'serving',
      result: 'failed',
      text: 'the canary has 1 of 3 pods, about 33 % instead of 90 %',
    })
  })

  test('is not given on where Git would take it back at once', async () => {
    const w = await fresh({ metadata: { labels: { 'kustomize.toolkit.fluxcd.io/name': 'shop' } } })

    const { warnings } = await w.seen()
    const { steps, blockers } = await w.forward(100)

    expect(warnings.filter(({ kind }) => kind === 'gitops_owner')).toMatchObject([{ tool: 'Flux' }])
    expect(steps).toEqual([])
    expect(blockers).toEqual([
      {
        kind: 'unsupported',
        why: expect.stringMatching(
          /^Flux \(.+\) brings checkout what Git has, and would take the version back; put v2\.3\.0 into Git instead$/,
        ),
      },
    ])
  })

  test('names an autoscaler of either, and is not moved to where one would not leave it', async () => {
    const w = await fresh()
    for (const name of ['checkout', 'checkout-canary'])
      await w.cluster.create({
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name, namespace: w.namespace },
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
          minReplicas: 2,
          maxReplicas: 9,
          metrics: [
            {
              type: 'Resource',
              resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
            },
          ],
        },
      })

    const { warnings } = await w.seen()
    const { blockers } = await w.forward(67)

    expect(warnings.filter(({ kind }) => kind === 'autoscaler')).toMatchObject([
      { name: 'checkout' },
      { name: 'checkout-canary' },
    ])
    expect(blockers).toEqual([
      {
        kind: 'unsupported',
        why: 'the autoscaler checkout keeps checkout between 2 and 9 pods, and 1 is wanted',
      },
    ])
  })
})
