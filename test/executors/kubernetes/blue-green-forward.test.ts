import { expect, test } from 'vitest'
import { rollbackId } from '#domain/ids.ts'
import { retireColour } from '#executors/kubernetes/blue-green/retire.ts'
import { kubernetesApi } from '#executors/kubernetes/api.ts'
import { connect } from '#executors/kubernetes/connection.ts'
import { KubernetesChange } from '#executors/kubernetes/schema.ts'
import { ApiFailure } from '#executors/kubernetes/failure.ts'
import { LeftHalfway, Superseded } from '#ports/executor.ts'
import { TargetGone } from '#ports/target-gone.ts'
import { deployedGrants } from '#sandbox/cluster/role.ts'
import { waits } from '../../clusters/waits.ts'
import { pathOf } from '../../clusters/backend.ts'
import { type ColoursWorld, freshColours } from './colours-world.ts'
import { signal, until } from './world.ts'

const world = freshColours()

const why = async (w: ColoursWorld) => {
  const { canary, blockers } = await w.seen()
  return { canary: canary?.name, blockers }
}
const isNone = (reason: string) => ({
  canary: undefined,
  blockers: [{ kind: 'unsupported', why: reason }],
})
const goesTo = (w: ColoursWorld, colour: 'blue' | 'green') =>
  w.change({ spec: { selector: { colour } } })

test('the next version gets every request once its pods are there, and what served before is what a rollback goes back to', async () => {
  const w = await world({ blue: { replicas: 1 } })
  await w.verified('v2.3.0')
  await w.ships('2.4.0')
  const { canary, stable, share, stops } = await w.seen()
  expect({ canary: canary?.name, stable: stable.name, share, stops }).toEqual({
    canary: 'v2.4.0',
    stable: 'v2.3.0',
    share: 0,
    stops: [100],
  })
  if (!canary) throw new Error('there is no canary')

  // Nothing of a canary: it gets no request, so it is nothing that a rollback could take away instead.
  expect(w.promoter.isBeside(w.target)).toBe(false)
  expect((await w.observe()).running.name).toBe('v2.3.0')
  const leg = await w.forward()
  expect(leg).toMatchObject({
    how: 'checkout-blue from 1 to 2 pods first · Service checkout from checkout-green to checkout-blue · checkout-green keeps its pods for 5 min, then goes to 0',
    leftover: { name: 'checkout-green', keptMicros: 300_000_000 },
  })
  expect(leg.steps.map(({ name }) => name)).toEqual([
    'checkout-blue scaled to 2',
    'requests sent to checkout-blue',
  ])
  await w.carryOut(leg.steps)
  const checks = await w.promoter.verify(w.target, { share: 100, canary, stable }, signal())
  expect(checks.map(({ id, result }) => [id, result])).toEqual([
    ['units', 'passed'],
    ['serving', 'passed'],
    ['endpoints', 'passed'],
  ])
  expect(await w.pods('checkout-green')).toBe(2)

  await w.carryOut(leg.leftover ? [leg.leftover.step] : [])
  expect(await w.pods('checkout-green')).toBe(0)
  expect(await w.selects()).toMatchObject({ colour: 'blue' })
  expect(await why(w)).toEqual(isNone('no canary is under way'))
  const back = await w.plan()
  expect(back).toMatchObject({ from: { name: 'v2.4.0' }, to: { name: 'v2.3.0' } })
  expect(back.steps.map(({ name }) => name)).toEqual([
    'checkout-green scaled to 2',
    'requests sent to checkout-green',
  ])
})

test('what served, was rolled back, is older or the same is not taken forward, and has nothing to be taken away', async () => {
  const w = await world()
  expect(await why(w)).toEqual(
    isNone(
      'checkout-blue waits with v2.2.1, which is no newer than what serves: a rollback goes back to it',
    ),
  )
  await w.ships('2.4.0')
  const { canary } = await w.seen()
  if (!canary) throw new Error('there is no canary')

  await w.record.revisions.markBad(w.target.workload, canary, 'it failed', rollbackId('rb_0'))
  expect(await why(w)).toEqual(isNone('checkout-blue waits with v2.4.0, which was rolled back'))
  await w.record.revisions.unmarkBad(w.target.workload, canary.id)
  expect((await why(w)).canary).toBe('v2.4.0')

  await goesTo(w, 'blue')
  expect((await w.observe()).running.name).toBe('v2.4.0')
  await goesTo(w, 'green')
  expect(await why(w)).toEqual(
    isNone('checkout-blue waits with v2.4.0, which served before: a rollback goes back to it'),
  )
  for (const leg of [await w.forward(), await w.away()])
    expect(leg).toMatchObject({
      steps: [],
      blockers: [{ kind: 'unsupported', why: 'no canary is under way' }],
    })

  await w.cluster.setImage('Deployment', 'checkout-blue', 'shop/checkout:2.3.0')
  await expect.poll(() => why(w)).toEqual(isNone('no canary is under way'))
})

test('one that was taken away has no pods, and comes back when somebody starts it again', async () => {
  const w = await world()
  await w.ships('2.4.0')

  const leg = await w.away()
  expect(leg.how).toBe(
    'checkout-blue from 2 pods to 0 · checkout-green gets every request, as before',
  )
  await w.carryOut(leg.steps)
  expect(await w.pods('checkout-blue')).toBe(0)
  expect(await why(w)).toEqual(isNone('no canary is under way'))

  await w.scale('checkout-blue', 2)
  expect((await why(w)).canary).toBe('v2.4.0')
})

test('without one of its two Deployments there is nothing to promote; where only the Service tells nothing, somebody mends that', async () => {
  const w = await world({ blue: { replicas: 1 } })
  const looked = () => w.seen().catch((error: unknown) => error)

  await w.change({ spec: { selector: { colour: 'none' } } })
  const unselected = await looked()
  await w.cluster.must('DELETE', pathOf('Deployment', w.spec.namespace, 'checkout-green'))
  const gone = await looked()

  expect(unselected).toMatchObject({ message: expect.stringContaining('selects neither of') })
  expect(unselected).not.toBeInstanceOf(TargetGone)
  expect(gone).toBeInstanceOf(TargetGone)
  expect(gone).toMatchObject({
    message: `${w.spec.cluster}/${w.spec.namespace} deployment checkout-green is gone`,
  })
})

test('it is all of the requests or none, to pods that are ready, where nobody else writes the Service', async () => {
  const w = await world()
  await w.ships('2.4.0')
  expect((await w.forward(50)).blockers).toEqual([
    {
      kind: 'unsupported',
      why: 'a Service sends every request to one of two Deployments: it goes from 0 to 100 %, never to 50 %',
    },
  ])
  await w.change({ metadata: { labels: { 'kustomize.toolkit.fluxcd.io/name': 'shop' } } })
  expect((await w.forward()).blockers).toMatchObject([
    { why: expect.stringMatching(/^Flux brings Service checkout what Git has/) },
  ])
  await w.change({ metadata: { labels: { 'kustomize.toolkit.fluxcd.io/name': null } } })
  w.cluster.behave('shop/checkout:2.5.0', { start: { kind: 'never-ready' } })
  await w.cluster.setImage('Deployment', 'checkout-blue', 'shop/checkout:2.5.0')
  await until(async () => (await w.seen()).canary?.name === 'v2.5.0')

  await expect
    .poll(async () => (await w.forward()).blockers.at(-1))
    .toMatchObject({
      why: expect.stringMatching(/^only [01] of 2 pods of checkout-blue are ready/),
    })
})

test('what was left behind keeps its pods where it serves again, or has another version by then', async () => {
  const w = await world()
  await w.ships('2.4.0')
  const { steps, leftover } = await w.forward()
  await w.carryOut(steps)
  const retire = async () => w.executor.apply(leftover?.step.change ?? null, 'pr_1.left', signal())

  await goesTo(w, 'green')
  await expect(retire()).rejects.toThrow(Superseded)
  await goesTo(w, 'blue')
  await w.cluster.setImage('Deployment', 'checkout-green', 'shop/checkout:2.5.0')
  await expect(retire()).rejects.toThrow('checkout-green has another version by now')

  expect(await w.pods('checkout-green')).toBe(2)
})

test('pods that somebody sends requests to in the very moment in which they are taken away are asked for again, whatever keeps that from being done at once', async () => {
  const w = await world()
  await w.ships('2.4.0')
  const { steps, leftover } = await w.forward()
  await w.carryOut(steps)
  const change = KubernetesChange.parse(leftover?.step.change)
  if (change.kind !== 'retire_colour') throw new Error(change.kind)
  const api = kubernetesApi(connect({ kubeconfig: w.kubeconfig }), { waits })
  const green = () => w.pods('checkout-green')
  /** Somebody switches right after the pods were taken away; whatever is asked for then meets these. */
  const retire = async (
    operation: string,
    {
      atLook,
      atPatch,
    }: { readonly atLook?: () => void; readonly atPatch?: (number: number) => void } = {},
  ) => {
    let patches = 0
    const through: typeof api = {
      ...api,
      async get(...given) {
        if (patches > 0) atLook?.()
        return api.get(...given)
      },
      async patch(...given) {
        patches += 1
        if (patches > 1) atPatch?.(patches)
        const answer = await api.patch(...given)
        if (patches === 1) await goesTo(w, 'green')
        return answer
      },
    }
    return retireColour(through, change, operation, signal())
  }
  const again =
    'Service checkout sends its requests to checkout-green again; its 2 pods were asked for again'

  await expect(retire('pr_1.at-once')).rejects.toThrow(again)
  expect(await green()).toBe(2)

  await goesTo(w, 'blue')
  const changed = (number: number) => {
    if (number === 2) throw new ApiFailure(422, '{"message":"the generation moved"}', undefined)
    if (number === 3) throw new ApiFailure(409, '{"message":"it was changed"}', undefined)
  }
  await expect(retire('pr_1.changed', { atPatch: changed })).rejects.toThrow(again)
  expect(await green()).toBe(2)

  await goesTo(w, 'blue')
  const ended = () => {
    throw new Error('the process ended')
  }
  await expect(retire('pr_1.ended', { atLook: ended })).rejects.toThrow('the process ended')
  expect(await green()).toBe(0)
  await expect(retireColour(api, change, 'pr_1.ended', signal())).rejects.toThrow(again)
  expect(await green()).toBe(2)
  await expect(retireColour(api, change, 'pr_1.ended', signal())).rejects.toThrow(Superseded)

  await goesTo(w, 'blue')
  const refused = () => {
    throw new ApiFailure(403, '{"message":"a policy denies it"}', undefined)
  }
  const left = retire('pr_1.refused', { atPatch: refused })
  await expect(left).rejects.toThrow(LeftHalfway)
  await expect(left).rejects.toThrow('checkout-green has no pods, and Service checkout sends its')
  await expect(left).rejects.toThrow('Scale it to 2: a policy denies it')
  await w.cluster.setImage('Deployment', 'checkout-green', 'shop/checkout:2.5.0')
  await expect(retireColour(api, change, 'pr_1.refused', signal())).rejects.toThrow(again)
  expect(await green()).toBe(2)
})

test('whoever has a policy of before, which says nothing of Services, is told that a freeze does not keep them from being switched', async () => {
  const w = await world()
  const { namespace } = w.spec
  await w.cluster.grant(
    (['rbac', 'traffic', 'freeze'] as const).flatMap((file) => deployedGrants(file)),
  )
  await w.cluster.must(
    'PATCH',
    `/api/v1/namespaces/${namespace}`,
    { metadata: { labels: { 'countermand.dev/freeze': 'on' } } },
    'application/merge-patch+json',
  )
  await w.cluster.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'countermand-freeze', namespace },
  })
  await w.cluster.create({
    apiVersion: 'v1',
    kind: 'PodTemplate',
    metadata: { name: 'countermand-hold', namespace, labels: { 'countermand.dev/hold': 'on' } },
    template: { spec: { containers: [{ name: 'none', image: 'none' }] } },
  })
  const told = async (isOlder: boolean) => {
    const executor = w.freshExecutor(
      (api) =>
        isOlder
          ? {
              ...api,
              patch: (path, operations, schema, query, signal) =>
                path.includes('/services/')
                  ? api.get(path, schema, signal).then((found) => found as never)
                  : api.patch(path, operations, schema, query, signal),
            }
          : api,
      new Set(['prod']),
    )
    return (await executor.examine(w.target, signal())).map(({ text }) => text)
  }
  // The API server learns of the label a moment after it is written.
  await expect.poll(() => told(false)).toEqual([])

  expect(await told(true)).toEqual([
    'cannot have Service checkout kept from being switched while its deploys are frozen: the policy countermand-freeze there is older than this version',
  ])
})
