import { isReal } from '../clusters/tested-cluster.ts'
import { faultOf } from '../executors/kubernetes/contract-platform.ts'
import { operationsIn } from '../executors/kubernetes/operations-in.ts'
import { type CanaryPlatform, promoterContract } from '../executors/promoter-contract.ts'
import { type Trouble, troubles } from '../executors/troubles.ts'
import { troubledGates } from './troubled-gates.ts'
import { bad, freshWorlds, type World } from './world.ts'

const fresh = freshWorlds()

promoterContract('A version that Flagger has in hand', waiting, {
  // What is in trouble are our own gates and the way to the API server: the real Flagger would see nothing else of it, in 21 worlds more.
  inTrouble: isReal ? [] : troubles,
})

async function waiting(trouble?: Trouble): Promise<CanaryPlatform> {
  const opening = troubledGates()
  const w = await fresh({
    through: opening.through,
    isImpatient: trouble?.kind === 'late',
    container: { env: [{ name: 'PASSWORD', value: 'hunter2' }] },
  })
  await w.ship(bad)
  await atItsFirstShare(w, await w.begun())
  return {
    executor: w.executor,
    restarted: w.freshExecutor,
    target: w.target,
    next: 50,
    wanted: async () => [
      (await w.deployment('checkout')).spec,
      (await w.deployment('checkout-primary')).spec,
      await w.share(),
      await w.opened(),
    ],
    changes: () => opening.made.size + operationsIn(w.cluster).length,
    trouble(given, times) {
      w.cluster.faults.add({ method: 'PATCH', times, ...faultOf(given) })
      opening.trouble(given, times)
    },
    async shipAnother() {
      const before = w.heard().at(-1)?.version.checksum
      await w.ship('shop/checkout:2.4.0')
      const isInHand = () => w.heard().at(-1)?.version.checksum !== before
      await w.onceIt(({ status }) => status.phase === 'Progressing' && isInHand())
      await atItsFirstShare(w, w.heard().at(-1)?.version.checksum ?? '')
    },
    removeTarget: async () => void (await w.cluster.must('DELETE', `${w.deployments}/checkout`)),
    goesOn: {
      why: 'Flagger goes on by itself, at its own looks: our gates only let it',
      look: w.tick,
    },
    triedAgain: {
      why: 'a gate is a row of our own database: whoever carries out the step tries again what could not be written, as the same operation',
    },
    // Its world is closed with the others of this file.
    close: async () => void (await opening.written()),
  }
}

/** Let through once, by somebody else: it stops there, and asks again. */
async function atItsFirstShare(w: World, checksum: string): Promise<void> {
  await w.open('confirm-traffic-increase', checksum, 'first share', 1)
  await w.onceIt(async () => (await w.share()) === 10)
  await w.rested()
}
