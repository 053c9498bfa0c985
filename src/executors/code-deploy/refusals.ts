import type { Blocker } from '#domain/rollback/plan.ts'
import type { EcsService } from '#executors/ecs/objects.ts'
import { isInFlight, isReturn, reasonOf } from './objects.ts'
import type { Seen } from './seen.ts'

const unsupported = (why: string): Blocker => ({ kind: 'unsupported', why })

/** Why a service cannot be rolled back through CodeDeploy, whatever the version. */
export function refusalsOf({
  service,
  newest,
  deployments,
  unlisted,
  asked,
}: Seen): readonly Blocker[] {
  const kind = kindRefusal(service)
  if (kind !== undefined) return [unsupported(kind)]
  if (unlisted !== undefined)
    return [
      unsupported(
        `CodeDeploy does not list the group’s last deployment ${unlisted} among the newest, so nobody knows what came before it; look again in a minute, or roll back in CodeDeploy`,
      ),
    ]
  if (newest && isInFlight(newest) && isReturn(newest)) {
    const { rollbackTriggeringDeploymentId: id } = newest.rollbackInfo ?? {}
    const taken = deployments.find(({ deploymentId }) => deploymentId === id)
    return [
      unsupported(
        `CodeDeploy is taking its last deployment back already (${reasonOf(taken ?? newest)}); wait until it has, and look again`,
      ),
    ]
  }
  return asked === ''
    ? [
        unsupported(
          'neither CodeDeploy nor ECS says yet which task definition the present deployment brings; look again in a minute',
        ),
      ]
    : []
}

export function kindRefusal({ status, deploymentController }: EcsService): string | undefined {
  if (status !== 'ACTIVE') return `the service is ${status}: only an ACTIVE one can be deployed to`
  return deploymentController?.type === 'CODE_DEPLOY'
    ? undefined
    : 'its deployment controller is not CODE_DEPLOY; take `codeDeploy` out of its target'
}
