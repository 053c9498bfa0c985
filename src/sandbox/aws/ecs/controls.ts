import type { Machine } from '../codedeploy/machine.ts'
import { type GroupSettings, wantedIn } from '../codedeploy/state.ts'
import type { Engine } from './engine.ts'
import { newService, type ServiceSetup } from './new-service.ts'
import { client } from './refusal.ts'
import {
  type Definition,
  type DeploymentSettings,
  type Service,
  type Surroundings,
  type Task,
  wantedBy,
} from './state.ts'
import { alive } from './tasks.ts'

interface Account {
  readonly machine: Engine
  readonly groups: Machine
  readonly clusters: Set<string>
  readonly services: Map<string, Service>
  readonly definitions: Definition[]
}

/** How many run, by image. */
function countOf(tasks: readonly Task[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { lastStatus, revision } of tasks) {
    const image = revision.images[0]?.image ?? ''
    if (lastStatus === 'RUNNING') counts.set(image, (counts.get(image) ?? 0) + 1)
  }
  return counts
}

/** What pipelines, operators and time do to an account, and how it stands then. */
export function controls({ machine, groups, clusters, services, definitions }: Account) {
  function serviceOf(cluster: string, name: string): Service {
    const service = services.get(`${cluster}/${name}`)
    if (!service) throw new Error(`there is no service ${cluster}/${name}`)
    machine.advance(service)
    return service
  }
  function definitionOf(arn: string): Definition {
    const found = definitions.find((one) => one.arn === arn)
    if (!found) throw client(`no definition ${arn}`)
    return found
  }

  return {
    deregister: (arn: string) => {
      definitionOf(arn).status = 'INACTIVE'
    },
    /** From now on its deployments wait for somebody when all their tasks run. */
    pauseDeployments(cluster: string, name: string): void {
      serviceOf(cluster, name).settings.pauses = true
    },
    createService(setup: ServiceSetup): void {
      const [first] = setup.past
      if (!first) throw new Error('a service begins with a deployment')
      const service = newService(machine, setup, definitionOf(first.definition))
      const past = setup.past.map(({ definition, at }) => ({
        definition: definitionOf(definition),
        at,
      }))
      if (setup.codeDeploy) groups.add(service, setup.codeDeploy, past)
      else if (setup.isNew) machine.deploy(service, definitionOf(first.definition))
      else for (const { definition, at } of past) machine.past(service, definition, at)
      clusters.add(setup.cluster)
      services.set(`${setup.cluster}/${setup.name}`, service)
    },
    /** Somebody deploys, perhaps what runs already. */
    ship: (
      cluster: string,
      name: string,
      definition: string,
      around: Partial<Surroundings> = {},
    ) => {
      const service = serviceOf(cluster, name)
      service.around = { ...service.around, ...around }
      if (groups.groupOf(service)) return groups.ship(service, definitionOf(definition))
      return machine.deploy(service, definitionOf(definition)).arn
    },
    settings: (cluster: string, name: string, settings: Partial<DeploymentSettings>) => {
      const service = serviceOf(cluster, name)
      service.settings = { ...service.settings, ...settings }
    },
    status: (cluster: string, name: string, status: Service['status']) => {
      serviceOf(cluster, name).status = status
    },
    scale: (cluster: string, name: string, desiredCount: number) => {
      serviceOf(cluster, name).desiredCount = desiredCount
    },
    /** The task that was stopped last takes its time to end, or has ended by now. */
    ending: (cluster: string, name: string, isEnding: boolean) => {
      const task = serviceOf(cluster, name).tasks.findLast((one) => one.lastStatus === 'STOPPED')
      if (task) task.isEnding = isEnding
    },
    /** As if the time had passed in which ECS watches. */
    endBake(cluster: string, name: string): void {
      const deployment = serviceOf(cluster, name).deployments.at(-1)
      if (deployment?.bakeUntilMs !== undefined) deployment.bakeUntilMs = 0
    },
    /** An alarm that watches the deployment goes off. */
    alarm(cluster: string, name: string): void {
      const service = serviceOf(cluster, name)
      const deployment = service.deployments.at(-1)
      if (deployment?.status === 'IN_PROGRESS' && service.settings.alarms?.rollback)
        machine.rollBack(service, deployment, 'Service deployment rolled back because of an alarm.')
    },
    /** Whatever is still starting runs at the next look. */
    startNow(cluster: string, name: string): void {
      for (const task of serviceOf(cluster, name).tasks)
        if (task.lastStatus === 'PENDING') task.dueMs = 0
    },
    push: machine.push,
    remove: (cluster: string, name: string) => services.delete(`${cluster}/${name}`),
    /** An event of the service, in ECS's words. */
    say: (cluster: string, name: string, message: string) =>
      machine.say(serviceOf(cluster, name), message),
    /** What runs, by image. */
    running: (cluster: string, name: string) => countOf(alive(serviceOf(cluster, name))),
    /** …and gets production's traffic. */
    serving(cluster: string, name: string): ReadonlyMap<string, number> {
      const service = serviceOf(cluster, name)
      const [primary] = service.sets.filter(({ status }) => status === 'PRIMARY')
      return countOf(
        alive(service).filter(({ revision }) => !primary || revision === primary.revision),
      )
    },
    /** What the service is told to run, and how its newest deployment stands. */
    state(cluster: string, name: string) {
      const service = serviceOf(cluster, name)
      const newest = service.deployments.at(-1)
      return {
        definition: service.definition.arn,
        wanted: (newest ? wantedBy(newest).definition : service.definition).arn,
        desiredCount: service.desiredCount,
        newest: newest?.arn,
        status: newest?.status,
        stage: newest?.stage,
      }
    },
    /** As if every AppSpec had lain in a bucket. */
    forgetAppSpecs: () => groups.specs.clear(),
    holdReturns: groups.holdReturns,
    holdEnds: groups.holdEnds,
    /** The former tasks are kept no longer. */
    endKeeping(cluster: string, name: string): void {
      const newest = groups.groupOf(serviceOf(cluster, name))?.deployments.at(-1)
      if (newest) newest.keepsUntilMs = 0
    },
    groupSettings(cluster: string, name: string, settings: Partial<GroupSettings>): void {
      const group = groups.groupOf(serviceOf(cluster, name))
      if (!group) throw new Error(`no group deploys ${name}`)
      group.settings = { ...group.settings, ...settings }
    },
    /** Whoever deploys gives the word before the first traffic as well. */
    reroute(cluster: string, name: string): void {
      const newest = groups.groupOf(serviceOf(cluster, name))?.deployments.at(-1)
      if (newest) Object.assign(newest, { isContinued: true })
    },
    /** What CodeDeploy is told to run, and how its newest deployment stands. */
    deployedByCodeDeploy(cluster: string, name: string) {
      const group = groups.groupOf(serviceOf(cluster, name))
      if (!group) throw new Error(`no group deploys ${name}`)
      const newest = group.deployments.at(-1)
      return {
        wanted: wantedIn(group)?.arn,
        newest: newest?.id,
        status: newest?.status,
        isShifted: newest?.keepsUntilMs !== undefined,
        isWaiting: newest?.status === 'Ready' && newest.keepsUntilMs === undefined,
        sets: group.service.sets.map(({ status, revision }) => [status, revision.definition.arn]),
      }
    },
    /** The tasks that are not stopped. */
    tasks: (cluster: string, name: string) =>
      alive(serviceOf(cluster, name)).map(({ arn, revision, lastStatus }) => ({
        name: arn.split('/').at(-1) ?? arn,
        image: revision.images[0]?.image ?? '',
        status: lastStatus,
      })),
  }
}
