import type { Blocker } from '#domain/rollback/plan.ts'
import type { EcsService } from './objects.ts'
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
