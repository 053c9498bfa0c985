import { expect, test } from 'vitest'
import { type ColoursWorld, freshColours } from './colours-world.ts'
import { signal, until } from './world.ts'

const world = freshColours()
const merge = 'application/merge-patch+json'
const kustomization = 'kustomize.toolkit.fluxcd.io'

/** Flux says that it brings these Deployments what Git has. */
async function ownedByFlux({ cluster, path }: ColoursWorld, ...names: readonly string[]) {
  for (const name of names)
    await cluster.must(
      'PATCH',
      path(name),
      { metadata: { labels: { [`${kustomization}/name`]: 'shop' } } },
      merge,
    )
}
const namesOf = (steps: readonly { readonly name: string }[]) => steps.map(({ name }) => name)

test('a colour of which Git has no pods is left alone by Flux before it gets any, and brought what Git has again when that is over', async () => {
  const w = await world({ blue: { replicas: 0 } })
  await w.verified('v2.2.1')
  await ownedByFlux(w, 'checkout-blue', 'checkout-green')
  const name = `Kustomization ${w.spec.namespace}/shop`
  const isLeftAlone = async (deployment: string) => {
    const found = await w.cluster.get('Deployment', deployment)
    return found?.metadata.annotations?.[`${kustomization}/reconcile`] === 'disabled'
  }

  const plan = await w.plan()
  await w.carryOut(plan.steps)
  const during = [await isLeftAlone('checkout-blue'), await isLeftAlone('checkout-green')]
  // The target may be named by either colour.
  const blueGreen = { service: 'checkout', deployment: 'checkout-blue' }
  const target = { ...w.target, spec: { ...w.spec, name: 'checkout-green', blueGreen } }
  const look = await w.executor.syncer?.look(target, plan.steps[0]?.change ?? null, signal())
  const checks = await w.executor.verify(w.target, plan.to, signal())
  await w.carryOut(plan.steps.slice(0, 1), 'undo')

  expect(namesOf(plan.steps)).toEqual([
    `sync of ${name} paused`,
    'checkout-blue scaled to 2',
    'requests sent to checkout-blue',
  ])
  expect(plan.pauses).toEqual([{ tool: 'Flux', name }])
  expect(plan.warnings).toEqual(
    expect.arrayContaining([
      { kind: 'sync_paused', tool: 'Flux', name, others: [] },
      { kind: 'traffic', text: 'put 2 pods of checkout-blue into Git as well' },
    ]),
  )
  expect(during).toEqual([true, false])
  expect(look).toMatchObject({ kind: 'unknown' })
  expect(checks).toContainEqual({ id: 'sync', result: 'passed', text: `Flux is paused (${name})` })
  expect(await isLeftAlone('checkout-blue')).toBe(false)
})

test('a promotion names who scales either colour back, and gives none that Git has less of the requests', async () => {
  const w = await world()
  await ownedByFlux(w, 'checkout-blue', 'checkout-green')
  const name = `Kustomization ${w.spec.namespace}/shop`
  await w.ships('2.4.0')

  const { warnings } = await w.seen()
  const enough = await w.forward()
  await w.scale('checkout-blue', 1)
  await until(async () => (await w.seen()).units.count === 1)
  const fewer = await w.forward()

  expect(warnings.filter(({ kind }) => kind === 'gitops_owner')).toEqual([
    { kind: 'gitops_owner', tool: 'Flux', name, scales: 'checkout-green' },
    { kind: 'gitops_owner', tool: 'Flux', name, scales: 'checkout-blue' },
  ])
  expect(namesOf(enough.steps)).toEqual(['requests sent to checkout-blue'])
  expect(fewer).toMatchObject({
    steps: [],
    blockers: [
      {
        kind: 'unsupported',
        why: `Flux (${name}) brings checkout-blue what Git has, and might take its pods away while it serves; give it 2 pods in Git first`,
      },
    ],
  })
})
