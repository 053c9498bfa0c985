import { expect, test } from 'vitest'
import type { Step } from '#domain/rollback/plan.ts'
import { NoAnswer } from '#executors/aws/failure.ts'
import type { Progress } from '#ports/executor.ts'
import { cluster, freshWorlds, service, signal, type World } from './world.ts'

const world = freshWorlds()
const forLong = 600_000

/** A rollback to v2.2.1 whose tasks have replaced all others when an alarm has ECS take it back, while somebody watches: its tasks of before must start first. */
async function takenBackSlowly() {
  const w = await world({ alarms: { names: ['checkout-5xx'], rollback: true }, pauses: true })
  const [step] = (await w.route('v2.2.1')).steps
  if (!step) throw new Error('nothing to be done')
  await w.apply(step)
  await expect.poll(() => w.state().stage).toBe('POST_SCALE_UP')
  w.pretend.startTasksIn(forLong)
  let last: Progress | undefined
  for await (const one of w.executor.progress(step.change, signal())) {
    if (last === undefined) w.pretend.alarm(cluster, service)
    last = one
  }
  return { w, step, meanwhile: last }
}

async function isBack(w: World): Promise<void> {
  w.pretend.startTasksIn(0)
  w.pretend.startNow(cluster, service)
  await expect.poll(() => w.state().status).toBe('ROLLBACK_SUCCESSFUL')
}

async function madeOnceMore(w: World, again: Step): Promise<void> {
  w.pretend.settings(cluster, service, { pauses: false })
  await w.apply(again)
  expect((await w.follow(again)).at(-1)?.kind).toBe('settled')
  expect(asked(w)).toEqual(['UpdateService', 'UpdateService'])
  expect([...w.running().keys()]).toEqual(['shop/checkout:2.2.1'])
}

const asked = (w: World) => w.changesAsked().map(({ operation }) => operation)

test('while ECS still takes a rollback back that is said, whoever keeps waiting waits for its end, and only then may it be made once more', async () => {
  const { w, step, meanwhile } = await takenBackSlowly()
  expect(w.state().status).toBe('ROLLBACK_IN_PROGRESS')
  expect(meanwhile).toMatchObject({
    kind: 'failed',
    message: expect.stringMatching(/^ECS is taking it back to shop-checkout:3: /),
  })
  expect(meanwhile).not.toHaveProperty('again')
  await w.apply(step)
  expect(asked(w)).toEqual(['UpdateService'])

  const looks: Progress[] = []
  for await (const one of w.executor.progress(step.change, signal())) {
    looks.push(one)
    await isBack(w)
  }
  const [first] = looks
  expect(first).toMatchObject({
    kind: 'moving',
    note: expect.stringMatching(/^ECS is taking it back to shop-checkout:3: /),
  })
  const after = looks.at(-1)
  if (after?.kind !== 'failed') throw new Error(`${after?.kind} is no failure`)
  expect(after.message).toMatch(/^ECS took it back to shop-checkout:3: /)
  const again = { ...step, change: after.again ?? null }
  await madeOnceMore(w, again)
})

test('a rollback that is made once more while ECS still takes the first one back waits for that, and is not superseded', async () => {
  const { w, step } = await takenBackSlowly()
  const { newest } = w.state()
  const change = { ...Object(step.change), after: { arn: newest, at: 0 }, anew: true }
  const again: Step = { ...step, change }

  await expect(w.apply(again)).rejects.toThrow(NoAnswer)
  await expect(w.apply(again)).rejects.toThrow('ECS still takes the deployment back')
  expect(asked(w)).toEqual(['UpdateService'])

  await isBack(w)
  await madeOnceMore(w, again)
})
