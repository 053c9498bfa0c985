import type { Plan } from '#domain/rollback/plan.ts'
import type { Executor } from '#ports/executor.ts'

/** As the executor, where what it is asked for is one of its other ways. */
export const byWay = (executor: Executor, mechanism: Plan['mechanism']): Executor => ({
  ...executor,
  async route(target, observed, to, operation, signal) {
    const ways = await executor.ways?.(target, observed, to, 'immediate', operation, signal)
    const way = ways?.find((one) => one.mechanism === mechanism)
    if (!way) throw new Error(`it has no way ${mechanism}`)
    return way
  },
})
