import type { Deployment, DeploymentStatus } from './objects.ts'

/** What a deployment's status means for what the service is told to run. */
const meanings = {
  PENDING: { isInFlight: true, isTakenBack: false },
  IN_PROGRESS: { isInFlight: true, isTakenBack: false },
  STOP_REQUESTED: { isInFlight: true, isTakenBack: false },
  STOPPED: { isInFlight: false, isTakenBack: false },
  SUCCESSFUL: { isInFlight: false, isTakenBack: false },
  ROLLBACK_REQUESTED: { isInFlight: true, isTakenBack: true },
  ROLLBACK_IN_PROGRESS: { isInFlight: true, isTakenBack: true },
  ROLLBACK_SUCCESSFUL: { isInFlight: false, isTakenBack: true },
  // What it left is for the service to say.
  ROLLBACK_FAILED: { isInFlight: false, isTakenBack: false },
} as const satisfies Readonly<
  Record<DeploymentStatus, { readonly isInFlight: boolean; readonly isTakenBack: boolean }>
>

interface WithStatus {
  readonly status: DeploymentStatus
}

export const isInFlight = ({ status }: WithStatus): boolean => meanings[status].isInFlight
/** ECS took it back, or tried to. */
export const wasRejected = (deployment: WithStatus): boolean =>
  isTakenBack(deployment) || deployment.status === 'ROLLBACK_FAILED'

/** Its own version is no longer asked for. */
export const isTakenBack = ({ status }: WithStatus): boolean => meanings[status].isTakenBack

/** A hook at one stage: one hook may stand for several, and ECS does not say that its id is another at each. */
export interface Pause {
  readonly hook: string
  readonly stage: string | null
}

/** Where a deployment waits for somebody's word, if it does. */
export function pauseOf({ lifecycleHookDetails, lifecycleStage }: Deployment): Pause | undefined {
  const hook = lifecycleHookDetails.find(
    ({ targetType, status }) => targetType === 'PAUSE' && status === 'AWAITING_ACTION',
  )?.hookId
  return hook === undefined ? undefined : { hook, stage: lifecycleStage ?? null }
}

/** Plans of earlier versions name no stage. */
export const isSamePause = (one: Pause, other: Pause): boolean =>
  one.hook === other.hook &&
  (one.stage === null || other.stage === null || one.stage === other.stage)

/** All of production's traffic is on the version that the deployment wants; what came before is only kept for a while. */
export function isShifted(deployment: Deployment): boolean {
  const { lifecycleStage, targetServiceRevision, sourceServiceRevisions } = deployment
  if (isTakenBack(deployment)) return false
  if (lifecycleStage !== 'BAKE_TIME' && lifecycleStage !== 'CLEAN_UP') return false
  const left = sourceServiceRevisions
    .filter(({ arn }) => arn !== targetServiceRevision.arn)
    .some(({ requestedProductionTrafficWeight = 0 }) => requestedProductionTrafficWeight > 0)
  return !left
}

/** As ECS says it, the reason first. */
export const reasonOf = ({
  status,
  statusReason,
  rollback,
}: Pick<Deployment, 'status' | 'statusReason' | 'rollback'>): string =>
  rollback?.reason ?? statusReason ?? status.toLowerCase().replaceAll('_', ' ')
