import type { Definition, Service, TaskSet } from '../ecs/state.ts'

export interface Deployment {
  readonly id: string
  readonly createdAt: Date
  /** Of its AppSpec; none where it goes back to tasks that were there before CodeDeploy. */
  readonly sha256: string | undefined
  readonly definition: Definition
  readonly creator: 'user' | 'codeDeployRollback'
  readonly description: string | undefined
  /** What served when it was made. */
  readonly original: TaskSet | undefined
  /** The one that it takes back. */
  readonly takesBack: Deployment | undefined
  status: 'Created' | 'InProgress' | 'Ready' | 'Succeeded' | 'Failed' | 'Stopped'
  startedAt?: Date
  completedAt?: Date
  set?: TaskSet
  /** On the clock of `Engine.ms`: it is stopped then, unless somebody has it go on. */
  waitsUntilMs?: number
  isContinued?: boolean
  /** On the clock of `Engine.ms`: until then the former tasks are kept, without traffic. */
  keepsUntilMs?: number
  stopping?: { readonly isTakenBack: boolean }
  takenBackBy?: Deployment
  /** CodeDeploy makes the deployment that takes it back a moment after it has ended. */
  owesReturn?: boolean
  error?: { readonly code: string; readonly message: string }
}

export interface GroupSettings {
  /** Minutes for which the former tasks are kept when all traffic is on the new ones. */
  readonly keepsMinutes: number
  /** Minutes for which a deployment waits for a word before it gets traffic; it gets it at once where there are none. */
  readonly waitsMinutes?: number
  /** While the former tasks are kept it is `Ready` again, and nothing says that this wait has begun: both were seen of AWS. */
  readonly isReadyWhileKeeping?: boolean
  /** So many tasks that fail end a deployment. */
  readonly endsAfter: number
  /** Takes back by itself what failed. */
  readonly takesBack: boolean
  readonly alarms: readonly string[]
}

export interface Group {
  readonly application: string
  readonly name: string
  readonly service: Service
  settings: GroupSettings
  /** Oldest first. */
  readonly deployments: Deployment[]
}

const ended: readonly Deployment['status'][] = ['Succeeded', 'Failed', 'Stopped']
export const isEnded = ({ status }: Deployment): boolean => ended.includes(status)

/** The definition that is asked for, whoever brings it. */
export function wantedIn({ service, deployments }: Group): Definition | undefined {
  const newest = deployments.at(-1)
  if (newest && !isEnded(newest))
    return newest.stopping?.isTakenBack ? newest.original?.revision.definition : newest.definition
  return service.sets.find(({ status }) => status === 'PRIMARY')?.revision.definition
}
