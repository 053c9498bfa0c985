import type { Revision } from '#domain/rollback/revision.ts'
import type { Mechanism } from '#domain/rollback/ways.ts'
import type { Executor } from '#ports/executor.ts'
import type { Pace } from '#ports/promoter.ts'
import { pathOf } from '../../clusters/backend.ts'
import type { Platform } from '../contract.ts'
import type { Fence } from '../fence.ts'
import type { CanaryWorld } from './canary-world.ts'
import { faultOf } from './contract-platform.ts'
import { operationsIn } from './operations-in.ts'

type Beside = Pick<
  CanaryWorld,
  'cluster' | 'executor' | 'freshExecutor' | 'target' | 'seen' | 'shipBeside' | 'close'
>

interface Taking {
  readonly mechanism: Mechanism
  readonly pace: Pace
  /** As the step that ends it is called. */
  readonly change: string
  /** What is changed beside the two Deployments. */
  readonly route?: string
}

/** A bad canary beside a good version, as the executor's contract wants them: the rollback takes the canary away, by one of its ways. */
export async function awayPlatform(
  w: Beside,
  fence: Fence,
  { change, route, ...way }: Taking,
): Promise<Platform> {
  const { canary: from, stable: to } = await w.seen()
  if (!from) throw new Error('there is no canary')
  const away = (executor: Executor) => takingCanaryAway(executor, { from, to, ...way })
  const deployments = ['checkout', 'checkout-canary'].map((name) =>
    pathOf('Deployment', w.cluster.namespace, name),
  )
  const asked = async (path: string) => {
    const { status, body } = await w.cluster.backend.ask('GET', path)
    return status === 200 ? body['spec'] : undefined
  }
  return {
    executor: away(w.executor),
    restarted: () => away(w.freshExecutor()),
    target: w.target,
    good: to.id,
    bad: from.id,
    fence,
    change,
    wanted: () => Promise.all([...deployments, ...(route ? [route] : [])].map(asked)),
    changes: () => operationsIn(w.cluster).length,
    trouble: (given, times) => w.cluster.faults.add({ method: 'PATCH', times, ...faultOf(given) }),
    shipAnother: () => w.shipBeside('2.4.0'),
    async removeTarget() {
      for (const path of deployments) await w.cluster.must('DELETE', path)
    },
    close: w.close,
  }
}

/** As the workflows ask an executor for it: when they plan, before they begin, and when they verify. `from` and `to` are the plan's. */
function takingCanaryAway(
  executor: Executor,
  {
    from,
    to,
    mechanism,
    pace,
  }: Pick<Taking, 'mechanism' | 'pace'> & { readonly from: Revision; readonly to: Revision },
): Executor {
  const { promoter } = executor
  if (!promoter) throw new Error('it moves no canaries')
  return {
    ...executor,
    async observe(target, signal) {
      const { blockers } = await executor.observe(target, signal)
      const { canary, stable, ...seen } = await promoter.canary(target, signal)
      return {
        running: canary ?? stable,
        history: canary ? [stable] : [],
        precondition: seen.precondition,
        warnings: seen.warnings,
        blockers: [...blockers, ...seen.blockers],
        units: seen.units,
      }
    },
    async route(target, _observed, _to, operation, signal) {
      const seen = await promoter.canary(target, signal)
      const ways = await promoter.ways(target, seen, pace, operation, signal)
      const way = ways.find((one) => one.mechanism === mechanism)
      if (!way) throw new Error(`it is not taken away by ${mechanism}`)
      return way
    },
    changedSince: ({ target, precondition }, signal) =>
      promoter.changedSince(target, precondition, signal),
    verify: (target, _to, signal) =>
      promoter.verify(target, { share: 0, canary: from, stable: to }, signal),
  }
}
