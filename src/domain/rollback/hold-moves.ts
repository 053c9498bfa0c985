import type { History } from '#domain/incident/events.ts'
import { type RollbackState, rollbacksOf } from './state.ts'

/** What the platform is to be told about held versions. */
export interface HoldMove {
  readonly do: 'enforce' | 'release'
  readonly rollback: RollbackState
}

/** By the record alone: a hold has no end in time. */
export function holdMoves(history: History): readonly HoldMove[] {
  return rollbacksOf(history).flatMap((rollback): readonly HoldMove[] => {
    const { hold } = rollback
    if (!hold?.isEnforceable) return []
    if (hold.lifted) return hold.begun && !hold.released ? [{ do: 'release', rollback }] : []
    const hasGivenUp = hold.failure?.isFinal ?? false
    return hold.refusedBy || hasGivenUp ? [] : [{ do: 'enforce', rollback }]
  })
}
