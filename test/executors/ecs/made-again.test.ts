import { expect, test } from 'vitest'
import type { Step } from '#domain/rollback/plan.ts'
import { NoAnswer } from '#executors/aws/failure.ts'
import type { Progress } from '#ports/executor.ts'
import { cluster, freshWorlds, service, type World } from './world.ts'

const world = freshWorlds()
const forLong = 600_000

/** A rollback to v2.2.1 whose tasks have replaced all others when an alarm has ECS take it back: its tasks of before must start first. */
async function takenBackSlowly() {
  const w = await world({
    alarms: { names: ['checkout-5xx'], rollback: true },
    bakeMinutes: forLong,
  })
  const [step] = (await w.route('v2.2.1')).steps
  if (!step) throw new Error('nothing to be done')
  await w.apply(step)
  await expect.poll(() => w.state().stage).toBe('BAKE_TIME')
  w.pretend.startTasksIn(forLong)
  w.pretend.alarm(cluster, service)
  return { w, step }
}

/** As a person finds it who looks after a minute. */
async function ended(w: World, step: Step): Promise<Extract<Progress, { kind: 'failed' }>> {
  const last = (await w.follow(step)).at(-1)
  if (last?.kind !== 'failed') throw new Error(`${last?.kind} is no failure`)
  return last
}

async function isBack(w: World): Promise<void> {
  w.pretend.startTasksIn(0)
  w.pretend.startNow(cluster, service)
  await expect.poll(() => w.state().status).toBe('ROLLBACK_SUCCESSFUL')
}

const asked = (w: World) => w.changesAsked().map(({ operation }) => operation)

test('while ECS still takes a rollback back that is said, and only when it has may it be made once more', async () => {
  const { w, step } = await takenBackSlowly()

  const meanwhile = await ended(w, step)
  expect(w.state().status).toBe('ROLLBACK_IN_PROGRESS')
  expect(meanwhile.message).toMatch(/^ECS is taking it back to shop-checkout:3: /)
  expect(meanwhile.again).toBeUndefined()
  await w.apply(step)
  expect(asked(w)).toEqual(['UpdateService'])

  await isBack(w)
  const after = await ended(w, step)
  expect(after.message).toMatch(/^ECS took it back to shop-checkout:3: /)
  const again = { ...step, change: after.again ?? null }
  await w.apply(again)
  expect((await w.follow(again)).at(-1)?.kind).toBe('settled')
  expect(asked(w)).toEqual(['UpdateService', 'UpdateService'])
  expect([...w.running().keys()]).toEqual(['shop/checkout:2.2.1'])
})

test('a rollback that is made once more while ECS still takes the first one back waits for that, and is not superseded', async () => {
  const { w, step } = await takenBackSlowly()
  await ended(w, step)
  const { newest } = w.state()
  const change = { ...Object(step.change), after: { arn: newest, at: 0 }, anew: true }
  const again: Step = { ...step, change }

  await expect(w.apply(again)).rejects.toThrow(NoAnswer)
  await expect(w.apply(again)).rejects.toThrow('ECS still takes the deployment back')
  expect(asked(w)).toEqual(['UpdateService'])

  await isBack(w)
  await w.apply(again)
  expect((await w.follow(again)).at(-1)?.kind).toBe('settled')
  expect(asked(w)).toEqual(['UpdateService', 'UpdateService'])
  expect([...w.running().keys()]).toEqual(['shop/checkout:2.2.1'])
})
