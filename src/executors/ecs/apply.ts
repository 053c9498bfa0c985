import { setTimeout as sleep } from 'node:timers/promises'
import { NotAllowed, Superseded } from '#ports/executor.ts'
import type { EcsApi } from './api.ts'
import { apiOf, type EcsParts } from './context.ts'
import { EcsRefusal, NoAnswer } from './failure.ts'
import { type Move, moveFor } from './move.ts'
import type { EcsChange, EcsTarget } from './schema.ts'
import { type Mark, see } from './seen.ts'

/** Answers that were lost, and refusals for a moment: looked at and tried again this often. */
const attempts = 6
const retryMs = 200

/** Makes one change, once, however often it is called: before every attempt it reads what became of the one before. */
export async function apply(
  parts: EcsParts,
  change: EcsChange,
  signal: AbortSignal,
): Promise<void> {
  const api = apiOf(parts, change.target)
  for (let attempt = 1; ; attempt += 1) {
    const move = moveFor(change, await see(api, change.target, signal, { since: sinceOf(change) }))
    if (move.kind === 'nothing') return
    if (move.kind === 'superseded') throw new Superseded(move.why)
    try {
      await make(api, change.target, move, signal)
      return
    } catch (error) {
      // A clear no made no change and will not become a yes.
      if (error instanceof EcsRefusal && !isPassing(error, move))
        throw new NotAllowed(
          'change',
          `ECS service ${change.target.cluster}/${change.target.service}`,
          {
            why: error.message,
            cause: error,
          },
        )
      if (!(error instanceof NoAnswer) && !(error instanceof EcsRefusal)) throw error
      if (attempt >= attempts) throw error
      await sleep(retryMs * attempt, undefined, { signal })
    }
  }
}

/** Something moved between the look and the change: the next look says what. */
const isPassing = ({ fault }: EcsRefusal, { kind }: Move): boolean =>
  /^(Service|Cluster|ServiceDeployment)NotFoundException$|^ServiceNotActiveException$/.test(
    fault,
  ) ||
  (kind.endsWith('_at_hook') && fault === 'InvalidParameterException')

export const sinceOf = (change: EcsChange): Mark | null =>
  change.kind === 'go_back' ? change.after : null

function make(
  api: EcsApi,
  target: EcsTarget,
  move: Exclude<Move, { kind: 'nothing' | 'superseded' }>,
  signal: AbortSignal,
): Promise<void> {
  switch (move.kind) {
    case 'update':
      return api.deploy(target, move.definition, signal)
    case 'stop':
      return api.stopDeployment(move.deployment, signal)
    case 'roll_back_at_hook':
      return api.answerHook(move.deployment, move.hook, 'ROLLBACK', signal)
    case 'go_on_at_hook':
      return api.answerHook(move.deployment, move.hook, 'CONTINUE', signal)
  }
}
