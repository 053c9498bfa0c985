import { AsyncLocalStorage } from 'node:async_hooks'
import { type Tenure, TenureOver } from '#ports/tenure.ts'

export interface Tenures {
  during<Result>(tenure: Tenure, work: () => Result): Result
  /** Under which whoever calls works; `undefined` for what nobody else would take over. */
  current(): Tenure | undefined
  /** Called right before something leaves the process. Throws `TenureOver`. */
  mustHold(): void
}

/** Knows for every call in whose name it is made, without everybody on the way handing it on. */
export function tenures(): Tenures {
  const storage = new AsyncLocalStorage<Tenure>()
  return {
    during: (tenure, work) => storage.run(tenure, work),
    current: () => storage.getStore(),
    mustHold() {
      const tenure = storage.getStore()
      if (tenure?.isOver()) throw new TenureOver(`the time for ${tenure.work} is over`)
    },
  }
}
