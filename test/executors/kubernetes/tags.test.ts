import { afterEach, expect, test } from 'vitest'
import type { Step } from '#domain/rollback/plan.ts'
import { aWorld, followed, onceServed, signal, until, type World } from './world.ts'

const open: World[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((made) => made.close()))
})

test('a moved tag brings back a name, not a version: verification fails and names both images', async () => {
  const w = await served('shop/checkout:stable')
  await shipped(w, '2.3.0')
  const [goal] = (await w.observe()).history
  if (!goal) throw new Error('there is nothing to go back to')
  const { steps, warnings } = await w.routeTo(goal.name)
  w.cluster.moveTag('shop/checkout:stable')
  await carriedOut(w, steps)

  const checks = await onceServed(() => w.executor.verify(w.target, goal, signal()))
  const unknowing = await w.executor.verify(w.target, { ...goal, images: [] }, signal())

  expect(warnings).toContainEqual({ kind: 'mutable_tag', image: 'shop/checkout:stable' })
  expect(goal.images[0]?.digest).toMatch(/^sha256:/)
  expect(checks.filter(({ result }) => result !== 'passed')).toEqual([
    {
      id: 'serving',
      result: 'failed',
      text: expect.stringMatching(
        /^app: shop\/checkout:stable names another image by now: (sha256:[0-9a-f]{4}…) runs, (?!\1)sha256:[0-9a-f]{4}… served before$/,
      ),
    },
  ])
  expect(unknowing.filter(({ result }) => result !== 'passed')).toEqual([])
})

test('a tag that stayed where it was passes', async () => {
  const w = await served('shop/checkout:stable')
  await shipped(w, '2.3.0')
  const [goal] = (await w.observe()).history
  if (!goal) throw new Error('there is nothing to go back to')
  await carriedOut(w, (await w.routeTo(goal.name)).steps)

  const checks = await onceServed(() => w.executor.verify(w.target, goal, signal()))

  expect(checks.filter(({ result }) => result !== 'passed')).toEqual([])
  expect(checks.map(({ id }) => id)).toContain('serving')
})

test('that a tag was moved is said in the plan already, where what runs shows it', async () => {
  const w = await served('shop/checkout:stable')
  const before = (await w.observe()).running
  w.cluster.moveTag('shop/checkout:stable')
  await w.request('PATCH', w.path, {
    spec: { template: { metadata: { annotations: { release: 'two' } } } },
  })
  await settled(w)
  const observed = await w.observe()

  const { warnings } = await w.executor.route(w.target, observed, before.id, 'rb_1', signal())

  expect(warnings.filter(({ kind }) => kind === 'tag_moved')).toEqual([
    {
      kind: 'tag_moved',
      image: 'shop/checkout:stable',
      served: before.images[0]?.digest,
      now: observed.running.images[0]?.digest,
    },
  ])
  expect(observed.running.images[0]?.digest).not.toBe(before.images[0]?.digest)
})

/** A workload on one image that we have seen running. */
async function served(image: string): Promise<World> {
  const w = await aWorld({ images: [image] })
  open.push(w)
  await settled(w)
  return w
}

async function shipped(w: World, tag: string): Promise<void> {
  await w.ship(tag)
  await settled(w)
}

async function settled(w: World): Promise<void> {
  await until(async () => {
    const { warnings, blockers, units } = await w.observe()
    const isMoving = warnings.some(({ kind }) => kind === 'in_flight')
    return !isMoving && blockers.length === 0 && units.ready === units.count
  })
}

async function carriedOut(w: World, steps: readonly Step[]): Promise<void> {
  for (const [index, step] of steps.entries()) {
    await w.executor.apply(step.change, `rb_1.${index}`, signal())
    if (step.settles && (await followed(w.executor, step)).at(-1)?.kind !== 'settled')
      throw new Error(`${step.name} did not settle`)
  }
}
