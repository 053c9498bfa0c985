import type { Json } from '#domain/json.ts'
import { type Executor, Superseded } from '#ports/executor.ts'

/** Once: by the executor's own attempts, or, where the platform says so, by those of whoever carries out the step. */
export async function appliedIn(
  {
    executor,
    triedAgain,
  }: { readonly executor: Executor; readonly triedAgain?: { readonly why: string } },
  change: Json,
  operation: string,
  signal: AbortSignal,
): Promise<void> {
  for (let left = triedAgain ? 2 : 0; ; left -= 1)
    try {
      return await executor.apply(change, operation, signal)
    } catch (error) {
      if (left === 0 || error instanceof Superseded) throw error
    }
}
