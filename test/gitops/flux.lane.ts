import { expect, test } from 'vitest'
import { annotate, carriedOut, takenBack } from '../executors/kubernetes/gitops-world.ts'
import { onceServed } from '../executors/kubernetes/world.ts'
import { bad, good, manifests, next, onceLooked } from './bringer.ts'
import { freshBroughtWorlds, until } from './world.ts'

const { byFlux } = freshBroughtWorlds()

test('a template alone that is put back is taken back by itself within an interval, and verification says by whom', async () => {
  const w = await byFlux({ interval: '2s' })
  const { steps } = await w.routeTo('v2.2.1')
  const template = steps.filter(({ name }) => name === 'template restored')

  await carriedOut(
    w,
    template.map((step) => ({ ...step, settles: undefined })),
  )
  await until(async () => (await w.image()) === bad)

  expect(await w.sync()).toEqual([
    {
      id: 'sync',
      result: 'failed',
      text: `v2.3.0 is asked for again, by kustomize-controller; Flux (Kustomization ${w.namespace}/shop) brings what Git has`,
    },
  ])
})

test('paused, it leaves the workload alone however often it looks, and brings everything beside it', async () => {
  const w = await byFlux()
  const { steps } = await w.routeTo('v2.2.1')
  await carriedOut(w, steps)
  await w.by.looks()
  const first = await w.image()
  await w.commit(next, { note: 'second' })
  const second = await w.image()
  await w.by.commit(manifests(w.cluster, next, { note: 'third', hasDeployment: false }))

  expect(steps.map(({ name }) => name)).toEqual([
    `sync of Kustomization ${w.namespace}/shop paused`,
    'template restored',
  ])
  expect([first, second, await w.image()]).toEqual([good, good, good])
  expect(await w.noteBeside()).toBe('third')
  const checks = await onceServed(() => w.verify('v2.2.1'))
  expect(checks.filter(({ result }) => result !== 'passed')).toEqual([])
  expect(await w.sync()).toMatchObject([
    { result: 'passed', text: `Flux is paused (Kustomization ${w.namespace}/shop)` },
  ])
})

test('that goes on takes the rollback back where Git still has the bad version, which is no success', async () => {
  const w = await byFlux()
  const { steps } = await w.routeTo('v2.2.1')
  await carriedOut(w, steps)
  expect(await w.look(steps)).toMatchObject({ kind: 'unknown' })
  await takenBack(w, steps.slice(0, 1))

  const before = await w.sync()
  await w.by.looks()

  expect(before).toMatchObject([{ result: 'unknown' }])
  expect(await w.image()).toBe(bad)
  expect(await w.sync()).toMatchObject([{ result: 'failed' }])
})

test('that goes on once Git has the good version again keeps the rollback, and verification has it from Flux', async () => {
  const env = { OLD: '1', BOTH: '1' }
  const w = await byFlux({ env: [env, { BOTH: '2' }] })
  const { steps } = await w.routeTo('v2.2.1')
  await carriedOut(w, steps)
  await w.commit(good, { env })
  await takenBack(w, steps.slice(0, 1))
  await onceLooked(w.by, async () => (await w.sync())[0]?.result !== 'unknown')

  expect(await w.image()).toBe(good)
  expect(await w.sync()).toEqual([
    {
      id: 'sync',
      result: 'passed',
      text: `Flux syncs by itself (Kustomization ${w.namespace}/shop), and Git has what runs`,
    },
  ])
  await w.commit(next)
  await w.comes(next)
})

test('what the version that was rolled back to alone had goes when Git brings the next one', async () => {
  const w = await byFlux({ env: [{ OLD: '1', BOTH: '1' }, { BOTH: '2' }] })
  const { steps } = await w.routeTo('v2.2.1')
  await carriedOut(w, steps)
  await w.by.looks()
  const rolledBack = await w.env()
  await takenBack(w, steps.slice(0, 1))
  await w.commit(next, { env: { BOTH: '3' } })
  await w.comes(next)

  expect(rolledBack).toEqual({ OLD: '1', BOTH: '1' })
  expect(await w.env()).toEqual({ BOTH: '3' })
})

test.for([
  ['stays where somebody ends the pause by hand', false, { OLD: '1', BOTH: '3' }],
  ['goes then where Flux overrides what we wrote', true, { BOTH: '3' }],
] as const)(
  'what the version that was rolled back to alone had %s',
  async ([, isOverriding, env]) => {
    const w = await byFlux({ isOverriding, env: [{ OLD: '1', BOTH: '1' }, { BOTH: '2' }] })
    await carriedOut(w, (await w.routeTo('v2.2.1')).steps)
    await w.commit(next, { env: { BOTH: '3' } })
    await annotate(w, { 'kustomize.toolkit.fluxcd.io/reconcile': null })
    await w.by.looks()
    await w.comes(next)

    expect(await w.env()).toEqual(env)
  },
)
