import { expect, test } from 'vitest'
import { wayInstead, wayUnderWay } from '#domain/rollback/offered-way.ts'
import type { Step } from '#domain/rollback/plan.ts'
import { workloadId } from '#domain/ids.ts'
import { aPlan } from '../../support/builders.ts'

const step = (name: string, executor?: string): Step => ({
  name,
  change: null,
  undo: null,
  settles: undefined,
  onFailure: 'ask',
  ...(executor === undefined ? {} : { executor }),
})
const { precondition, from, to } = aPlan()
const target = { executor: 'flag', workload: workloadId('flag/f'), title: 'flag f', spec: {} }
const plan = aPlan({
  mechanism: 'mesh-reroute',
  also: [{ target, precondition, from, to }],
  steps: [step('f off', 'flag'), step('requests moved'), step('services started', 'compose')],
  ways: {
    strategy: 'immediate',
    because: 'first_in_time',
    others: [
      { mechanism: 'deployment-undo', expectedMicros: 1, isOpen: true, why: 'later in the order' },
    ],
  },
})

test('of flags that go first only the flags are tried until they are off: the way itself is what is offered instead', () => {
  const ways = plan.steps.map((_, at) => {
    const state = { plan, steps: plan.steps, at }
    return [wayUnderWay(state), wayInstead(state)?.mechanism]
  })

  expect(ways).toEqual([
    ['flag-off', 'mesh-reroute'],
    ['mesh-reroute', 'deployment-undo'],
    ['mesh-reroute', 'deployment-undo'],
  ])
})
