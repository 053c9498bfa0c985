import { afterAll, beforeAll, expect, test } from 'vitest'
import { assess } from '#domain/assessment/assess.ts'
import { limitsFor } from '#domain/assessment/limits.ts'
import { instant, minutes } from '#domain/time.ts'
import { measureService } from '#workflows/assessment/measure-service.ts'
import type { World } from '#workflows/world.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene } from '../../support/scripted-world.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

/** A service of which so many requests always fail, and a third since minutes after its version went out. */
async function aWorseDeploy({
  always,
  bad = 0.3,
}: {
  readonly always: number
  readonly bad?: number
}) {
  const { world, service } = await aScene(database, { signals: { errorRate: 'q' } })
  const target = service.targets[0]
  if (!target) throw new Error('there is no target')
  const { running } = await (world.executors.get(target.executor) ?? never()).observe(
    target,
    new AbortController().signal,
  )
  const now = instant(running.since + minutes(12))
  const began = running.since + minutes(2)
  const metrics: World['metrics'] = {
    ...world.metrics,
    async measure(_service, signal, { to }) {
      const value = to > began ? bad : always
      return signal === 'errorRate'
        ? { kind: 'value', value, requests: 20_000, query: 'q' }
        : { kind: 'not_configured' }
    },
    async curve(_service, signal, { from, to }, step) {
      if (signal !== 'errorRate') return { kind: 'not_configured' }
      const points = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => {
        const at = instant(from + index * step)
        return { at, value: at > began ? bad : always }
      })
      return { kind: 'points', points, query: 'q' }
    },
  }
  const looking = { now, startedAt: undefined }
  const { measured } = await measureService({ ...world, metrics }, service, looking)
  const limits = limitsFor(world.policy, service.id)
  return assess({ ...measured, statements: [], fix: null }, limits)
}

function never(): never {
  throw new Error('there is no executor')
}

test('what a service fails all the time hides no deploy that makes it far worse', async () => {
  const { advice, origin } = await aWorseDeploy({ always: 0.012 })

  expect({ advice, origin: origin.kind }).toEqual({ advice: 'roll_back', origin: 'deploy' })
})

test('what it failed before the deploy as well is not the deploy’s', async () => {
  const { advice, origin } = await aWorseDeploy({ always: 0.06, bad: 0.06 })

  expect({ advice, origin: origin.kind }).toEqual({ advice: 'look_elsewhere', origin: 'elsewhere' })
})
