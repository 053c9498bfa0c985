import type { Executor } from '#ports/executor.ts'
import type { Platform } from '../executors/contract.ts'
import { aFence } from '../executors/fence.ts'
import { faultOf } from '../executors/kubernetes/contract-platform.ts'
import { operationsIn } from '../executors/kubernetes/operations-in.ts'
import type { Trouble } from '../executors/troubles.ts'
import { troubledGates } from './troubled-gates.ts'
import { bad, freshWorlds, good, type World } from './world.ts'

const another = 'shop/checkout:2.4.0'

/** Where Flagger stands with the bad version, how it came there, and how it comes there with another one. */
interface Stage {
  readonly images: readonly string[]
  readonly change: string
  begins(w: World): Promise<unknown>
  shipsAnother(w: World): Promise<unknown>
  /** Flagger writes the copy that serves anew when it promotes, and keeps no mark of ours on it. */
  readonly forgets?: true
}

export const tried: Stage = {
  images: [good],
  change: 'template restored',
  async begins(w) {
    await w.ship(bad)
    await w.begun()
  },
  async shipsAnother(w) {
    const before = w.heard().at(-1)?.version.checksum
    await w.ship(another)
    await w.onceIt(() => w.heard().at(-1)?.version.checksum !== before)
  },
}
export const waiting: Stage = {
  images: [good],
  change: 'template restored',
  async begins(w) {
    await w.ship(bad)
    await w.inPhase('Waiting')
  },
  async shipsAnother(w) {
    await w.ship(another)
    await w.tick()
  },
}
export const promoted: Stage = {
  images: [good, bad],
  change: 'checkout-primary restored',
  begins: async () => undefined,
  async shipsAnother(w) {
    await w.patch({ spec: { skipAnalysis: true, analysis: { webhooks: [] } } })
    await w.ship(another)
    await w.onceIt(
      async ({ status }) =>
        status.phase === 'Succeeded' && (await w.imageOf('checkout-primary')) === another,
    )
  },
  forgets: true,
}

/** checkout, which Flagger rolls out, as the executor's contract wants it; for one file of tests. */
export function platformAt(stage: Stage): (trouble?: Trouble) => Promise<Platform> {
  const fresh = freshWorlds()
  return (trouble) => platform(fresh, stage, trouble)
}

async function platform(
  fresh: ReturnType<typeof freshWorlds>,
  stage: Stage,
  trouble?: Trouble,
): Promise<Platform> {
  const [fence, opening] = [aFence(), troubledGates()]
  const w = await fresh({
    images: stage.images,
    through: opening.through,
    isImpatient: trouble?.kind === 'late',
    beforeChange: fence.beforeChange,
    container: { env: [{ name: 'PASSWORD', value: 'hunter2' }] },
  })
  await stage.begins(w)
  await w.rested()
  const { running, history } = await w.observe()
  const to = history.find(({ name }) => name === 'v2.2.1')
  if (!to) throw new Error('the good version is not known')
  return {
    executor: whileFlaggerLooks(w, w.executor),
    restarted: () => whileFlaggerLooks(w, w.freshExecutor()),
    target: w.target,
    good: to.id,
    bad: running.id,
    fence,
    change: stage.change,
    // A gate tells the platform nothing: Flagger asks there, at its next look.
    isAside: ({ settles }) => settles === 'Flagger',
    aside: async () =>
      (await w.opened()).filter(
        ({ operation, shut_at }) => operation.startsWith('rb_') && shut_at === null,
      ),
    wanted: async () => ({
      target: (await w.deployment('checkout')).spec.template,
      primary: (await w.deployment('checkout-primary')).spec,
    }),
    changes: () => opening.made.size + operationsIn(w.cluster).length,
    trouble(given, times) {
      w.cluster.faults.add({ method: 'PATCH', times, ...faultOf(given) })
      opening.trouble(given, times)
    },
    shipAnother: async () => void (await stage.shipsAnother(w)),
    triedAgain: {
      why: 'a gate is a row of our own database: whoever carries out the step tries again what could not be written, as the same operation',
    },
    ...(stage.forgets ? { forgets: true } : {}),
    async removeTarget() {
      for (const name of ['checkout', 'checkout-primary'])
        await w.cluster.must('DELETE', `${w.deployments}/${name}`)
    },
    // Its world is closed with the others of this file.
    close: async () => void (await opening.written()),
  }
}

/** Flagger goes on at looks of its own: it has them while somebody follows what comes of a gate. */
const whileFlaggerLooks = (w: World, executor: Executor): Executor => ({
  ...executor,
  async *progress(change, signal) {
    const over = new AbortController()
    const looks = looksUntil(w, over.signal)
    try {
      yield* executor.progress(change, signal)
    } finally {
      over.abort()
      await looks
    }
  },
})

async function looksUntil(w: World, over: AbortSignal): Promise<void> {
  while (!over.aborted) await w.tick()
}
