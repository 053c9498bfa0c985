import { offId } from '#executors/flag/look.ts'
import type { FlagProviderKind } from '#flags/index.ts'
import { executorContract, type Platform } from '../contract.ts'
import { aFence } from '../fence.ts'
import { faultOf, type Trouble } from '../troubles.ts'
import { aWorld, kinds } from './world.ts'

async function platform(kind: FlagProviderKind, trouble?: Trouble): Promise<Platform> {
  const fence = aFence()
  const world = await aWorld(
    kind,
    {},
    {
      timeoutMs: trouble?.kind === 'late' ? 800 : 5_000,
      beforeChange: fence.beforeChange,
    },
  )
  const { pretend, own, executor, target } = world
  const observed = await executor.observe(target, AbortSignal.timeout(5_000))
  return {
    executor,
    restarted: world.fresh,
    target,
    good: offId,
    bad: observed.running.id,
    fence,
    change: 'new-checkout switched off',
    forgets: true,
    wanted: async () => pretend.store.flags.map(({ isOn, rules }) => ({ isOn, rules })),
    changes: () => pretend.store.changes,
    trouble: (one, times) => {
      for (const method of ['POST', 'PUT', 'PATCH'])
        pretend.faults.add({ method, times, ...faultOf(one, 1_500) })
    },
    shipAnother: async () => {
      pretend.store.setRules(own, [{ id: 'rule-1', share: 50 }])
    },
    removeTarget: async () => {
      if (pretend.store.flags.includes(own)) pretend.store.remove(own)
    },
    close: pretend.close,
  }
}

for (const kind of kinds)
  executorContract(`a flag of ${kind}`, (trouble) => platform(kind, trouble))
