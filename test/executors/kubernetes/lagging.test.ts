import { describe, expect, test } from 'vitest'
import type { Json } from '#domain/json.ts'
import type { Step } from '#domain/rollback/plan.ts'
import type { Progress } from '#ports/executor.ts'
import { canLag, isReal } from '../../clusters/tested-cluster.ts'
import { followed, freshWorlds, kinds, type Setup, signal, until, type World } from './world.ts'

const world = freshWorlds()

async function firstStep(w: World): Promise<Step> {
  const [step] = (await w.routeTo('v2.2.1')).steps
  if (!step) throw new Error('no step')
  return step
}

/** Long enough for a few looks. */
const soon = () => AbortSignal.timeout(isReal ? 3_000 : 1_000)

async function saysAllAreOut(w: World): Promise<void> {
  const { generation } = (await w.workload()).metadata
  const all = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 }
  await w.request('PATCH', `${w.path}/status`, {
    status: { observedGeneration: generation, ...all },
  })
}

const uncounted = 'the cluster calls it done, but not enough of its pods are ready'
const unnoticed =
  'waiting for the controller to notice how many pods are wanted: it may still end some'

/** Lets the controllers go on once that was said, and hears the rest. */
async function seenAround(w: World, change: Json, note: string): Promise<readonly Progress[]> {
  const seen: Progress[] = []
  for await (const one of w.executor.progress(change, signal())) {
    seen.push(one)
    if (one.kind === 'moving' && one.note === note) await w.cluster.lag(false)
  }
  return seen
}

/** As a Deployment leaves it that was scaled down and up again at once. */
async function turnReplicaSet(w: World): Promise<void> {
  const serving = (await w.cluster.list('ReplicaSet')).find(({ spec }) => spec.replicas === 2)
  const path = `/apis/apps/v1/namespaces/${w.namespace}/replicasets/${serving?.metadata.name}`
  for (const replicas of [1, 2]) await w.request('PATCH', path, { spec: { replicas } })
}

async function seenOf(w: World, change: Json, until: AbortSignal): Promise<readonly Progress[]> {
  const seen: Progress[] = []
  for await (const one of w.executor.progress(change, until)) seen.push(one)
  return seen
}

// The controllers of the whole cluster stand still in each of these: nothing else can be tried on it meanwhile.
describe.runIf(canLag)('while the controllers stand still', () => {
  test.for(kinds)(
    'the history of a %s is not trusted: it lacks the newest template',
    async (kind) => {
      const w = await world({ kind })
      await w.cluster.lag(true)
      await w.ship('2.4.0')

      const { blockers, running } = await w.observe()

      expect(running.name).toBe('v2.4.0')
      expect(blockers).toMatchObject([{ kind: 'controller_lagging' }])
    },
  )

  test('T091 a quota that keeps pods from being made is told in its own words', async () => {
    const w = await world()
    const message = 'exceeded quota: compute, requested: cpu=1, used: cpu=9, limited: cpu=9'
    await w.cluster.lag(true)
    await w.request('PATCH', `${w.path}/status`, {
      status: { conditions: [{ type: 'ReplicaFailure', status: 'True', message }] },
    })

    const { warnings } = await w.observe()

    expect(warnings).toContainEqual({ kind: 'short_capacity', detail: message })
  })

  test('a stuck pod is left alone until the template is noticed: it would come back as bad', async () => {
    const w = await world({ kind: 'StatefulSet' })
    w.cluster.behave('shop/checkout:2.4.0', { start: { kind: 'image-missing' } })
    await w.ship('2.4.0')
    await until(async () => (await w.observe()).warnings.some(({ kind }) => kind === 'stuck_pod'))
    const { steps } = await w.routeTo('v2.2.1')
    await w.cluster.lag(true)
    await w.executor.apply(steps[0]?.change ?? null, 'rb_1.0', signal())
    const isDeleted = () => w.cluster.requests.some(({ method }) => method === 'DELETE')
    const looks = () => w.cluster.requests.length

    const freed = w.executor.apply(steps[1]?.change ?? null, 'rb_1.1', signal())
    const before = looks()
    await until(() => looks() >= before + 4)
    const early = isDeleted()
    await w.cluster.lag(false)
    await freed

    expect(early).toBe(false)
    expect(isDeleted()).toBe(true)
  })

  test('a change is waited for until it is noticed', async () => {
    const w = await world()
    const step = await firstStep(w)
    await w.cluster.lag(true)
    await w.executor.apply(step.change, 'rb_1.0', signal())

    let first: Progress | undefined
    for await (const one of w.executor.progress(step.change, signal())) {
      first = one
      break
    }
    await w.cluster.lag(false)
    const last = (await followed(w.executor, step)).at(-1)

    expect(first).toMatchObject({ kind: 'moving', ready: 0 })
    expect(last).toMatchObject({ kind: 'settled', ready: 2 })
  })

  test('pods that a Deployment says there are, from what its ReplicaSets said before, are counted', async () => {
    const w = await world()
    const { change } = await firstStep(w)
    await w.cluster.lag(true)
    await w.executor.apply(change, 'rb_1.0', signal())
    await saysAllAreOut(w)

    const seen = await seenAround(w, change, uncounted)

    expect(seen).toContainEqual({ kind: 'moving', ready: 0, wanted: 2, note: uncounted })
    expect(seen.at(-1)).toMatchObject({ kind: 'settled', ready: 2 })
  })

  test('… now, and not from a count of before where the cluster does not answer', async () => {
    const w = await world()
    const step = await firstStep(w)
    await w.executor.apply(step.change, 'rb_1.0', signal())
    await followed(w.executor, step)
    await w.cluster.lag(true)
    await w.request('PATCH', `${w.path}/status`, { status: { updatedReplicas: 1 } })
    const seen: Progress[] = []
    let isAway = false

    for await (const one of w.executor.progress(step.change, signal())) {
      seen.push(one)
      if (isAway || one.ready < 2) continue
      isAway = true
      w.cluster.faults.add({ method: 'GET', path: '/pods', status: 503, times: 20 })
      await saysAllAreOut(w)
    }

    const note = expect.stringContaining('503')
    expect(seen).toContainEqual({ kind: 'moving', ready: 2, wanted: 2, note })
    expect(seen.at(-1)).toMatchObject({ kind: 'settled', ready: 2 })
  })

  test('… and so they are of what was stopped and is started again', async () => {
    const w = await world()
    const plan = await w.executor.quiescer?.plan(w.target, signal())
    if (!plan) throw new Error('nothing can be stopped')
    await w.executor.apply(plan.stop.change, 'rb_1.0', signal())
    await until(async () => (await w.cluster.list('Pod')).length === 0)
    await w.cluster.lag(true)
    await w.executor.apply(plan.stop.undo, 'rb_1.1', signal())
    await saysAllAreOut(w)

    const early = await seenOf(w, plan.stop.undo, soon())
    await w.cluster.lag(false)
    const seen = await seenOf(w, plan.stop.undo, signal())

    expect(early.filter(({ kind }) => kind !== 'moving')).toEqual([])
    expect(seen.at(-1)).toMatchObject({ kind: 'settled', ready: 2 })
  })

  test('… and those that are ready are believed only once nobody has yet to be told to end them', async () => {
    const w = await world()
    const step = await firstStep(w)
    await w.executor.apply(step.change, 'rb_1.0', signal())
    await followed(w.executor, step)
    await w.cluster.lag(true)
    await turnReplicaSet(w)

    const seen = await seenAround(w, step.change, unnoticed)

    expect(seen).toContainEqual({ kind: 'moving', ready: 2, wanted: 2, note: unnoticed })
    expect(seen.at(-1)).toMatchObject({ kind: 'settled', ready: 2 })
  })

  test('… nor are those of what is started again', async () => {
    const w = await world()
    const plan = await w.executor.quiescer?.plan(w.target, signal())
    if (!plan) throw new Error('nothing can be stopped')
    await w.executor.apply(plan.stop.change, 'rb_1.0', signal())
    await until(async () => (await w.cluster.list('Pod')).length === 0)
    await w.executor.apply(plan.stop.undo, 'rb_1.1', signal())
    await seenOf(w, plan.stop.undo, signal())
    await w.cluster.lag(true)
    await turnReplicaSet(w)

    const seen = await seenAround(w, plan.stop.undo, unnoticed)

    expect(seen).toContainEqual({ kind: 'moving', ready: 2, wanted: 2, note: unnoticed })
    expect(seen.at(-1)).toMatchObject({ kind: 'settled', ready: 2 })
  })

  test('a pod of the bad version that is left beside all the good ones is a failure', async () => {
    const w = await world()
    const step = await firstStep(w)
    await w.executor.apply(step.change, 'rb_1.0', signal())
    await followed(w.executor, step)
    await w.cluster.lag(true)
    const bad = (await w.cluster.list('ReplicaSet')).find(
      ({ spec }) => spec.template.spec.containers[0]?.image === 'shop/checkout:2.3.0',
    )
    const { name, uid, labels } = bad?.metadata ?? { name: '', uid: '' }
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid, controller: true }
    await w.cluster.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'left-over', namespace: w.namespace, labels, ownerReferences: [owner] },
      spec: { containers: [{ name: 'app', image: 'shop/checkout:2.3.0' }] },
      status: { phase: 'Pending', conditions: [] },
    })

    const checks = await w.verify('v2.2.1')

    expect(checks.find(({ id }) => id === 'units')).toMatchObject({
      result: 'failed',
      text: expect.stringMatching(/^2\/2 pods .* 1 of another version$/),
    })
  })

  describe('an exceeded deadline', () => {
    /** Longer than a complaint must last to be believed. */
    const meanwhile = () => AbortSignal.timeout(isReal ? 4_500 : 1_500)

    /** A rollout that the controller has noticed, with the condition it then shows. */
    async function complainedAbout(
      saidAt: Date,
      isNoticed = true,
      setup: Setup = {},
    ): Promise<{ w: World; step: Step }> {
      const w = await world(setup)
      const step = await firstStep(w)
      await w.cluster.lag(true)
      await w.executor.apply(step.change, 'rb_1.0', signal())
      const { generation = 1 } = (await w.workload()).metadata
      await w.request('PATCH', `${w.path}/status`, {
        status: {
          observedGeneration: generation - (isNoticed ? 0 : 1),
          updatedReplicas: 0,
          conditions: [
            {
              type: 'Progressing',
              status: 'False',
              reason: 'ProgressDeadlineExceeded',
              lastUpdateTime: saidAt.toISOString(),
            },
          ],
        },
      })
      return { w, step }
    }

    test('is not believed when it passes by in a moment', async () => {
      const { w, step } = await complainedAbout(new Date(Date.now() + 60_000), true, {
        waits: { complaintMs: 2_500 },
      })
      const seen: Progress[] = []
      for await (const one of w.executor.progress(step.change, signal())) {
        await w.cluster.lag(false)
        seen.push(one)
      }

      expect(seen[0]).toMatchObject({ kind: 'moving' })
      expect(seen.at(-1)).toMatchObject({ kind: 'settled', ready: 2 })
    })

    test('is believed when it stays', async () => {
      const { w, step } = await complainedAbout(new Date(Date.now() + 60_000))

      expect((await followed(w.executor, step)).at(-1)).toMatchObject({
        kind: 'failed',
        message: 'the rollout made no progress within its deadline',
      })
    })

    test('is never believed until the template was noticed, even if it was said in the same second as our change', async () => {
      const { w, step } = await complainedAbout(new Date(Date.now() + 60_000), false)
      const seen: Progress[] = []

      for await (const one of w.executor.progress(step.change, meanwhile())) seen.push(one)

      expect(seen.map(({ kind }) => kind)).toEqual(['moving'])
    })

    test('is never believed when it was said before our change, however long it stays', async () => {
      const { w, step } = await complainedAbout(new Date(Date.now() - 60_000))
      const seen: Progress[] = []

      for await (const one of w.executor.progress(step.change, meanwhile())) seen.push(one)

      expect(seen.map(({ kind }) => kind)).toEqual(['moving'])
    })
  })
})
