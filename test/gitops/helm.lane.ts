import { expect, test } from 'vitest'
import { carriedOut, takenBack } from '../executors/kubernetes/gitops-world.ts'
import { onceServed } from '../executors/kubernetes/world.ts'
import { bad, good, next, onceLooked } from './bringer.ts'
import { freshBroughtWorlds, until } from './world.ts'

const { byHelm } = freshBroughtWorlds()
type World = Awaited<ReturnType<typeof byHelm>>

/** As a rollback would, if it knew nothing of whoever brings what Git has. */
async function templateAlone(w: World): Promise<void> {
  const { steps } = await w.routeTo('v2.2.1')
  const template = steps.filter(({ name }) => name === 'template restored')
  await carriedOut(
    w,
    template.map((step) => ({ ...step, settles: undefined })),
  )
}

/** Whether something was released before or after our change is told to the second. */
async function aSecondLater(): Promise<void> {
  const second = () => Math.floor(Date.now() / 1000)
  const now = second()
  await until(() => second() > now)
}

const askedForAgain = ({ namespace }: World) => [
  {
    id: 'sync',
    result: 'failed',
    text: `v2.3.0 is asked for again, by helm-controller; Flux (HelmRelease ${namespace}/shop) brings what Git has`,
  },
]

test('that corrects drift takes a template alone back at its next turn; suspended it leaves the workload alone whatever is released meanwhile, and brings that when it goes on', async () => {
  const w = await byHelm({ correctsDrift: true })
  await templateAlone(w)
  await w.by.looks()
  await until(async () => (await w.image()) === bad)
  const alone = await w.sync()
  await w.comes(bad)

  const { steps, warnings } = await w.routeTo('v2.2.1')
  await carriedOut(w, steps)
  await w.by.looks()
  await w.commit(bad, { note: 'second' })
  await w.by.looks()

  expect(alone).toEqual(askedForAgain(w))
  expect(steps.map(({ name }) => name)).toEqual([
    `sync of HelmRelease ${w.namespace}/shop paused`,
    'template restored',
  ])
  expect(warnings).toContainEqual({
    kind: 'sync_paused',
    tool: 'Flux',
    name: `HelmRelease ${w.namespace}/shop`,
    others: ['whatever else it releases'],
  })
  expect([await w.image(), await w.noteBeside()]).toEqual([good, 'first'])
  const checks = await onceServed(() => w.verify('v2.2.1'))
  expect(checks.filter(({ result }) => result !== 'passed')).toEqual([])
  expect(await w.sync()).toMatchObject([
    { result: 'passed', text: `Flux is paused (HelmRelease ${w.namespace}/shop)` },
  ])
  expect(await w.look(steps)).toMatchObject({ kind: 'unknown' })

  await takenBack(w, steps.slice(0, 1))
  await until(async () => (await w.image()) === bad)
  expect(await w.sync()).toEqual(askedForAgain(w))
})

test('that only releases takes a template alone back with the next release, whatever that is about, and not before; what the good version alone had stays', async () => {
  const w = await byHelm({ env: [{ OLD: '1', BOTH: '1' }, { BOTH: '2' }] })
  await templateAlone(w)
  await w.by.looks()
  const before = [await w.image(), (await w.sync())[0]?.result]
  await w.commit(bad, { note: 'second', env: { BOTH: '2' } })

  expect(before).toEqual([good, 'unknown'])
  expect([await w.image(), await w.env()]).toEqual([bad, { OLD: '1', BOTH: '2' }])
  expect(await w.sync()).toEqual(askedForAgain(w))
})

test('that goes on once Git has the good version again keeps the rollback, and verification has it from the release', async () => {
  const env = { OLD: '1', BOTH: '1' }
  const w = await byHelm({ env: [env, { BOTH: '2' }] })
  const { steps } = await w.routeTo('v2.2.1')
  await carriedOut(w, steps)
  await w.commit(good, { env })
  await aSecondLater()
  await takenBack(w, steps.slice(0, 1))
  await onceLooked(w.by, async () => (await w.sync())[0]?.result !== 'unknown')

  expect(await w.image()).toBe(good)
  expect(await w.sync()).toEqual([
    {
      id: 'sync',
      result: 'passed',
      text: `Flux syncs by itself (HelmRelease ${w.namespace}/shop), and Git has what runs`,
    },
  ])
  await w.commit(next, { env: { BOTH: '3' } })
  await w.comes(next)
  expect(await w.env()).toEqual({ BOTH: '3' })
})
