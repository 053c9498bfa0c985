import { type AwsRefusal, NoAnswer } from '#executors/aws/failure.ts'
import { untilMade } from '#executors/aws/until-made.ts'
import { Superseded } from '#ports/executor.ts'
import type { EcsApi } from './api.ts'
import { apiOf, type EcsParts } from './context.ts'
import { type Move, moveFor } from './move.ts'
import type { EcsChange, EcsTarget } from './schema.ts'
import { type Mark, see } from './seen.ts'

/** Makes one change, once, however often it is called: before every attempt it reads what became of the one before. Throws `NoAnswer` while ECS still takes back the deployment that it follows: ask again. */
export async function apply(
  parts: EcsParts,
  change: EcsChange,
  signal: AbortSignal,
): Promise<void> {
  const { target } = change
  const api = apiOf(parts, target)
  await untilMade(
    {
      on: `ECS service ${target.cluster}/${target.service}`,
      look: async () => {
        const move = moveFor(change, await see(api, target, signal, { since: sinceOf(change) }))
        if (move.kind === 'superseded') throw new Superseded(move.why)
        if (move.kind === 'wait') throw new NoAnswer(move.why)
        if (move.kind === 'nothing') return undefined
        if (move.kind !== 'register') return move
        return (await api.copyOf(move.definition, signal)) === undefined ? move : undefined
      },
      make: (move) => make(api, target, move, signal),
      isPassing,
      retryMs: parts.retryMs,
    },
    signal,
  )
}

type Made = Exclude<Move, { kind: 'nothing' | 'superseded' | 'wait' }>

const isPassing = ({ fault }: AwsRefusal, { kind }: Made): boolean =>
  /^(Service|Cluster|ServiceDeployment)NotFoundException$|^ServiceNotActiveException$/.test(
    fault,
  ) ||
  (kind.endsWith('_at_hook') && fault === 'InvalidParameterException')

export const sinceOf = (change: EcsChange): Mark | null =>
  change.kind === 'go_back' ? change.after : null

function make(api: EcsApi, target: EcsTarget, move: Made, signal: AbortSignal): Promise<void> {
  switch (move.kind) {
    case 'register':
      return api.registerCopy(move.definition, signal)
    case 'update':
      return api.deploy(target, move.definition, signal, move.isAnew)
    case 'stop':
      return api.stopDeployment(move.deployment, signal)
    case 'roll_back_at_hook':
      return api.answerHook(move.deployment, move.hook, 'ROLLBACK', signal)
    case 'go_on_at_hook':
      return api.answerHook(move.deployment, move.hook, 'CONTINUE', signal)
  }
}
