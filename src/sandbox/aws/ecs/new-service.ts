import type { GroupSettings } from '../codedeploy/state.ts'
import type { Engine } from './engine.ts'
import type { Definition, DeploymentSettings, Service, Surroundings } from './state.ts'

/** What AWS's own documents use. */
export const account = '111122223333'

export interface ServiceSetup extends Partial<DeploymentSettings> {
  readonly cluster: string
  readonly name: string
  /** Oldest first: what was deployed, and when; all of it ended well. */
  readonly past: readonly { readonly definition: string; readonly at: Date }[]
  readonly desiredCount?: number
  readonly around?: Partial<Surroundings>
  readonly controller?: Service['controller']
  readonly managedBy?: Service['managedBy']
  /** The deployment group that deploys it. */
  readonly codeDeploy?: Partial<GroupSettings> & {
    readonly application: string
    readonly group: string
  }
  readonly createdAt?: Date
  /** The first deployment of all is under way still: the past is one. */
  readonly isNew?: boolean
}

const usual: Surroundings = {
  launchType: 'FARGATE',
  platformVersion: '1.4.0',
  networkConfiguration: {
    awsvpcConfiguration: {
      subnets: ['subnet-1', 'subnet-2'],
      securityGroups: ['sg-1'],
      assignPublicIp: 'DISABLED',
    },
  },
  loadBalancers: [],
}

/** A service that nothing was deployed to yet. */
export function newService(machine: Engine, setup: ServiceSetup, definition: Definition): Service {
  return {
    arn: machine.arn('service', `${setup.cluster}/${setup.name}`),
    cluster: setup.cluster,
    name: setup.name,
    createdAt: setup.createdAt ?? setup.past[0]?.at ?? machine.now(),
    controller: setup.controller ?? (setup.codeDeploy ? 'CODE_DEPLOY' : 'ECS'),
    managedBy: setup.managedBy ?? 'CUSTOMER',
    status: 'ACTIVE',
    desiredCount: setup.desiredCount ?? 4,
    definition: definition,
    around: { ...usual, ...setup.around },
    settings: {
      strategy: setup.strategy ?? 'ROLLING',
      bakeMinutes: setup.bakeMinutes ?? 0,
      pauses: setup.pauses ?? false,
      pausesTwice: setup.pausesTwice ?? false,
      ...(setup.breaker ? { breaker: setup.breaker } : {}),
      ...(setup.alarms ? { alarms: setup.alarms } : {}),
    },
    deployments: [],
    tasks: [],
    sets: [],
    events: [],
  }
}
