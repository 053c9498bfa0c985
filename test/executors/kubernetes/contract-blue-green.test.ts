import type { RevisionId } from '#domain/ids.ts'
import { pathOf } from '../../clusters/backend.ts'
import { byWay } from '../by-way.ts'
import { executorContract, type Platform } from '../contract.ts'
import { aFence } from '../fence.ts'
import type { Trouble } from '../troubles.ts'
import { type ColoursWorld, coloursWorld } from './colours-world.ts'
import { faultOf } from './contract-platform.ts'
import { operationsIn } from './operations-in.ts'

/** How somebody else brings the next version: into the colour that serves, or into the other one, which then gets the requests. */
type Shipping = 'in place' | 'in the other colour'

for (const [name, replicas, shipping] of [
  ['A Service with two colours', 2, 'in place'],
  ['A Service with two colours, one of which has no pods', 0, 'in the other colour'],
] as const)
  executorContract(name, (trouble) => platform({ replicas, shipping }, trouble))

async function platform(
  { replicas, shipping }: { readonly replicas: number; readonly shipping: Shipping },
  trouble?: Trouble,
): Promise<Platform> {
  const fence = aFence()
  const w = await coloursWorld({
    blue: { replicas },
    isImpatient: trouble?.kind === 'late',
    beforeChange: fence.beforeChange,
  })
  const { running, history } = await w.observe()
  return {
    executor: byWay(w.executor, 'service-switch'),
    restarted: () => byWay(w.freshExecutor(), 'service-switch'),
    target: w.target,
    good: idOf(history, 'v2.2.1'),
    bad: running.id,
    fence,
    change: 'requests sent to checkout-blue',
    isAside: ({ name }) => name.startsWith('checkout-blue scaled'),
    wanted: async () => ({
      selector: await w.selects(),
      versions: await Promise.all(
        ['checkout-blue', 'checkout-green'].map(
          async (name) => (await w.cluster.get('Deployment', name))?.spec.template,
        ),
      ),
    }),
    changes: () => operationsIn(w.cluster).length,
    trouble: (given, times) => w.cluster.faults.add({ method: 'PATCH', times, ...faultOf(given) }),
    shipAnother: () => shipAnother(w, shipping),
    async removeTarget() {
      for (const name of ['checkout-green', 'checkout-blue'])
        await w.cluster.must('DELETE', pathOf('Deployment', w.spec.namespace, name))
    },
    close: w.close,
  }
}

async function shipAnother({ cluster, selects, change }: ColoursWorld, shipping: Shipping) {
  const served = (await selects()) as { readonly colour: string }
  const other = served.colour === 'green' ? 'blue' : 'green'
  const into = shipping === 'in place' ? served.colour : other
  await cluster.setImage('Deployment', `checkout-${into}`, 'shop/checkout:2.4.0')
  await change({ spec: { selector: { colour: into } } })
}

function idOf(
  known: readonly { readonly name: string; readonly id: RevisionId }[],
  name: string,
): RevisionId {
  const found = known.find((one) => one.name === name)
  if (!found) throw new Error(`${name} is not known`)
  return found.id
}
