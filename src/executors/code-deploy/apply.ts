import { type AwsRefusal, NoAnswer } from '#executors/aws/failure.ts'
import { untilMade } from '#executors/aws/until-made.ts'
import { shortName } from '#executors/ecs/revision.ts'
import { Superseded } from '#ports/executor.ts'
import { writtenAppSpec } from './app-spec.ts'
import { type Apis, apisOf, type CodeDeployParts } from './context.ts'
import { type Move, moveFor } from './move.ts'
import { ownMark } from './objects.ts'
import type { CodeDeployChange, CodeDeployTarget } from './schema.ts'
import { type Mark, type Seen, see } from './seen.ts'

/** Makes one change, once, however often it is called: before every attempt it reads what became of the one before. Throws `NoAnswer` while CodeDeploy is still busy with what must come first: ask again. */
export async function apply(
  parts: CodeDeployParts,
  change: CodeDeployChange,
  signal: AbortSignal,
): Promise<void> {
  const { target } = change
  const apis = apisOf(parts, target)
  await untilMade(
    {
      on: `ECS service ${target.cluster}/${target.service}`,
      look: async () => {
        const seen = await see(apis, target, signal, { since: sinceOf(change) })
        const move = moveFor(change, seen)
        if (move.kind === 'superseded') throw new Superseded(move.why)
        return move.kind === 'nothing' || !seen ? undefined : { move, seen }
      },
      make: ({ move, seen }) => make(apis, target, move, seen, signal),
      isPassing,
      retryMs: parts.retryMs,
    },
    signal,
  )
}

/** Something moved between the look and the change: the next look says what. */
const isPassing = ({ fault }: AwsRefusal): boolean =>
  /^(Deployment(AlreadyCompleted|LimitExceeded|DoesNotExist|IsNotInReadyState)|InvalidDeploymentStatus)Exception$/.test(
    fault,
  )

export const sinceOf = (change: CodeDeployChange): Mark | null =>
  change.kind === 'halt' ? null : change.after

async function make(
  { codeDeploy }: Apis,
  target: CodeDeployTarget,
  move: Exclude<Move, { kind: 'nothing' | 'superseded' }>,
  { service, deployments }: Seen,
  signal: AbortSignal,
): Promise<void> {
  if (move.kind === 'wait') throw new NoAnswer(move.why)
  if (move.kind === 'go_on') return codeDeploy.goOn(move.deployment, signal)
  if (move.kind === 'stop') return codeDeploy.stop(move.deployment, signal)
  const { definition, like } = move
  const model = deployments.filter(({ deploymentId }) => deploymentId === like)
  const spec = (await codeDeploy.appSpecs(target, model, signal)).get(like ?? '')
  if (like !== null && spec?.definition !== definition)
    throw new Superseded(
      `CodeDeploy no longer tells the AppSpec of deployment ${like}, which brought ${shortName(definition)}`,
    )
  const serving = service.taskSets.find(({ status }) => status === 'PRIMARY')
  const [behind] = serving?.loadBalancers ?? service.loadBalancers
  const content = spec?.content ?? writtenAppSpec(definition, behind)
  await codeDeploy.create(target, content, `${ownMark}back to ${shortName(definition)}`, signal)
}
