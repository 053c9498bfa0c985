import type { RevisionId } from '#domain/ids.ts'
import type { Blocker } from '#domain/rollback/plan.ts'
import { type Observed, Superseded } from '#ports/executor.ts'
import type { EcsService } from './objects.ts'
import { revisionOf } from './revision.ts'
import type { Seen } from './seen.ts'
import { isTakenBack, isInFlight, reasonOf } from './states.ts'

const unsupported = (why: string): Blocker => ({ kind: 'unsupported', why })

/** Why a service cannot be rolled back by us, whatever the version: each says who can. */
export function refusalsOf({ service, newest }: Seen): readonly Blocker[] {
  const kind = kindRefusal(service)
  if (kind !== undefined) return [unsupported(kind)]
  if (newest && isInFlight(newest) && isTakenBack(newest))
    return [
      unsupported(
        `ECS is taking this deployment back already (${reasonOf(newest)}); wait until it has, and look again`,
      ),
    ]
  return []
}

/** Why nothing can be planned from what is seen; throws `Superseded` where that is no longer what was observed. */
export function beforeRoute(
  { service, asked }: { readonly service: EcsService; readonly asked: string },
  { running }: Pick<Observed, 'running'>,
  to: RevisionId,
  refusals: readonly Blocker[],
): readonly Blocker[] {
  if (revisionOf(asked || service.serviceArn) !== running.id)
    throw new Superseded(`${service.serviceName} changed while the plan was made`)
  return to === running.id ? [{ kind: 'already_there', revision: running.name }] : refusals
}

export function kindRefusal(service: EcsService): string | undefined {
  const { status, deploymentController, resourceManagementType } = service
  if (status !== 'ACTIVE') return `the service is ${status}: only an ACTIVE one can be deployed to`
  if (resourceManagementType === 'ECS')
    return 'it is an Express service, whose deployments ECS manages itself; roll it back in ECS Express Mode'
  switch (deploymentController?.type) {
    case 'EXTERNAL':
      return 'an EXTERNAL controller decides which task sets run; roll back with the tool that made them'
    case 'CODE_DEPLOY':
      return 'CodeDeploy deploys it, and ECS refuses another task definition; name its application and deployment group under `codeDeploy` of the target'
    default:
      return undefined
  }
}
