import { expect, test } from 'vitest'
import { carriedOut, takenBack } from '../executors/kubernetes/gitops-world.ts'
import { onceServed } from '../executors/kubernetes/world.ts'
import { heals } from './argo-bringer.ts'
import { bad, good, next, onceLooked } from './bringer.ts'
import { freshBroughtWorlds, until } from './world.ts'

const { byArgoCd } = freshBroughtWorlds()
const alone = { settles: undefined }

test('that heals takes a template alone back within seconds, and verification says by whom', async () => {
  const w = await byArgoCd()
  const { steps } = await w.routeTo('v2.2.1')
  const template = steps.filter(({ name }) => name === 'template restored')

  await carriedOut(
    w,
    template.map((step) => ({ ...step, ...alone })),
  )
  await until(async () => (await w.image()) === bad)

  expect(await w.sync()).toEqual([
    {
      id: 'sync',
      result: 'failed',
      text: `v2.3.0 is asked for again, by argocd-controller; Argo CD (Application ${w.namespace}/shop) brings what Git has`,
    },
  ])
})

test('that syncs without healing takes it back with the next commit, whatever that is about', async () => {
  const w = await byArgoCd({ syncPolicy: { automated: {} } })
  const { steps } = await w.routeTo('v2.2.1')
  const template = steps.filter(({ name }) => name === 'template restored')
  await carriedOut(w, template)
  await w.by.looks()
  const before = await w.image()

  await w.commit(bad, { note: 'second' })
  await until(async () => (await w.image()) === bad)

  expect(before).toBe(good)
  expect(steps).toHaveLength(2)
})

test('paused, it leaves the rollback alone however often it compares and whatever is committed, and says what Git has', async () => {
  const w = await byArgoCd()
  const plan = await w.routeTo('v2.2.1')
  await carriedOut(w, plan.steps)
  await w.by.looks()
  await w.commit(next, { note: 'second' })
  await w.by.looks()

  expect(plan.steps.map(({ name }) => name)).toEqual([
    `sync of Application ${w.namespace}/shop paused`,
    'template restored',
  ])
  expect([await w.image(), await w.noteBeside()]).toEqual([good, 'first'])
  const checks = await onceServed(() => w.verify('v2.2.1'))
  expect(checks.filter(({ result }) => result !== 'passed')).toEqual([])
  expect(await w.sync()).toMatchObject([
    { result: 'passed', text: `Argo CD is paused (Application ${w.namespace}/shop)` },
  ])
  await onceLooked(w.by, async () => (await w.look(plan.steps))?.kind !== 'unknown')
  expect(await w.look(plan.steps)).toEqual({
    kind: 'undoes',
    why: 'Git has another version than runs (OutOfSync)',
  })
})

test('that goes on takes the rollback back where Git still has the bad version, which is no success', async () => {
  const w = await byArgoCd()
  const { steps } = await w.routeTo('v2.2.1')
  await carriedOut(w, steps)
  await takenBack(w, steps.slice(0, 1))
  await until(async () => (await w.image()) === bad)

  expect(await w.sync()).toMatchObject([{ result: 'failed' }])
})

test('that goes on once Git has the good version again keeps the rollback, and verification has it from Argo CD', async () => {
  const env = { OLD: '1', BOTH: '1' }
  const w = await byArgoCd({ env: [env, { BOTH: '2' }] })
  const { steps } = await w.routeTo('v2.2.1')
  await carriedOut(w, steps)
  await w.commit(good, { env })
  await onceLooked(w.by, async () => (await w.look(steps))?.kind === 'keeps')
  await takenBack(w, steps.slice(0, 1))
  await onceLooked(w.by, async () => (await w.sync())[0]?.result !== 'unknown')

  expect(await w.image()).toBe(good)
  expect(await w.sync()).toEqual([
    {
      id: 'sync',
      result: 'passed',
      text: `Argo CD syncs by itself (Application ${w.namespace}/shop), and Git has what runs`,
    },
  ])
  await w.commit(next)
  await w.comes(next)
})

test.for([
  ['as it applies by itself', []],
  ['as it applies on the server’s side', ['ServerSideApply=true']],
] as const)(
  'what the version that was rolled back to alone had goes when Git brings the next one, %s',
  async ([, syncOptions]) => {
    const w = await byArgoCd({
      syncPolicy: { ...heals, syncOptions },
      env: [{ OLD: '1', BOTH: '1' }, { BOTH: '2' }],
    })
    const { steps } = await w.routeTo('v2.2.1')
    await carriedOut(w, steps)
    await w.by.looks()
    const rolledBack = await w.env()
    await w.commit(next, { env: { BOTH: '3' } })
    await takenBack(w, steps.slice(0, 1))
    await w.comes(next)

    expect(rolledBack).toEqual({ OLD: '1', BOTH: '1' })
    expect(await w.env()).toEqual({ BOTH: '3' })
    await onceLooked(w.by, async () => (await w.by.look()).status?.sync?.status === 'Synced')
  },
)
