import { type Behaviour, healthy } from '#sandbox/cluster/behaviour.ts'
import { createFaults } from '#sandbox/cluster/faults.ts'
import type { Fields } from '#sandbox/cluster/objects.ts'
import { type Exchange, serveJson } from '../server.ts'
import { engine } from './engine.ts'
import { operations } from './operations.ts'
import { client, invalid, Refusal } from './refusal.ts'
import { isOperation, type Operation, requests } from './requests.ts'
import {
  type ContainerDefinition,
  type Definition,
  type DeploymentSettings,
  type Service,
  type Surroundings,
  wantedBy,
} from './state.ts'
import { alive } from './tasks.ts'

export interface EcsOptions {
  readonly now?: () => Date
  /** Milliseconds until a task runs. */
  readonly taskStartMs?: number
  /** How long a minute of bake time is here. */
  readonly minuteMs?: number
  readonly behaviours?: (image: string) => Behaviour
  readonly pageSize?: number
  readonly namesTheBadOneWhileRollingBack?: boolean
  /** Deploys go on by themselves, looked at so often; otherwise whenever somebody asks. */
  readonly everyMs?: number
}

export interface ServiceSetup extends Partial<DeploymentSettings> {
  readonly cluster: string
  readonly name: string
  /** Oldest first: what was deployed, and when; all of it ended well. */
  readonly past: readonly { readonly definition: string; readonly at: Date }[]
  readonly desiredCount?: number
  readonly around?: Partial<Surroundings>
  readonly controller?: Service['controller']
  readonly managedBy?: Service['managedBy']
  readonly createdAt?: Date
  /** The first deployment of all is under way still: the past is one. */
  readonly isNew?: boolean
}

export const ecsRegion = 'eu-central-1'
/** What AWS's own documents use. */
const account = '111122223333'

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

export type PretendEcs = Awaited<ReturnType<typeof startEcs>>

/** An ECS on loopback, for one account and region: it deploys, watches, takes back and refuses as AWS's does, or more strictly. */
export async function startEcs(options: EcsOptions = {}) {
  const now = options.now ?? (() => new Date())
  const clusters = new Set<string>()
  const services = new Map<string, Service>()
  const definitions: Definition[] = []
  const exchanges: Exchange[] = []
  const faults = createFaults()
  const denied = new Set<string>()
  let { taskStartMs = 0 } = options
  const listeners = new Set<() => void>()
  let listsLate = false
  let changes = 0
  const machine = engine({
    region: ecsRegion,
    account,
    now,
    ms: () => performance.now(),
    taskStartMs: () => taskStartMs,
    minuteMs: options.minuteMs ?? 60_000,
    behaviours: options.behaviours ?? (() => healthy),
    namesTheBadOneWhileRollingBack: options.namesTheBadOneWhileRollingBack ?? false,
    moved: () => {
      for (const listener of listeners) listener()
    },
  })
  const answers = operations({
    engine: machine,
    clusters,
    services,
    definitions,
    pageSize: options.pageSize ?? 100,
    listsLate: () => listsLate,
    changed: () => {
      changes += 1
    },
  })

  function answer(operation: string, request: unknown): Fields {
    if (!isOperation(operation)) throw new Refusal('UnknownOperationException', operation)
    if (denied.has(operation))
      throw new Refusal(
        'AccessDeniedException',
        `User: arn:aws:sts::${account}:assumed-role/countermand/bot is not authorized to perform: ecs:${operation} on resource: * because no identity-based policy allows the ecs:${operation} action`,
      )
    const asked = requests[operation].safeParse(request)
    if (!asked.success) throw invalid(asked.error.message)
    // Each operation's own schema has just parsed its own request.
    return (answers[operation] as (asked: unknown) => Fields)(asked.data)
  }

  const server = await serveJson({
    target: 'AmazonEC2ContainerServiceV20141113',
    signedFor: 'ecs',
    faults,
    answer,
    seen: (exchange) => exchanges.push(exchange),
  })

  const ticking =
    options.everyMs === undefined
      ? undefined
      : setInterval(() => [...services.values()].forEach(machine.advance), options.everyMs)

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
    url: server.url,
    faults,
    exchanges: exchanges as readonly Exchange[],
    /** How many changes took effect. */
    changes: () => changes,
    deny: (...operations: readonly Operation[]) => operations.forEach((one) => denied.add(one)),
    register(
      family: string,
      containers: readonly ContainerDefinition[],
      settings: Fields = { cpu: '256', memory: '512', networkMode: 'awsvpc' },
      at = now(),
    ): string {
      const revision = definitions.filter((one) => one.family === family).length + 1
      const arn = machine.arn('task-definition', `${family}:${revision}`)
      const registeredBy = `arn:aws:sts::${account}:assumed-role/deploy/pipeline`
      definitions.push({
        arn,
        family,
        revision,
        registeredAt: at,
        registeredBy,
        containers,
        settings,
        status: 'ACTIVE',
      })
      return arn
    },
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
      const service: Service = {
        arn: machine.arn('service', `${setup.cluster}/${setup.name}`),
        cluster: setup.cluster,
        name: setup.name,
        createdAt: setup.createdAt ?? first.at,
        controller: setup.controller ?? 'ECS',
        managedBy: setup.managedBy ?? 'CUSTOMER',
        status: 'ACTIVE',
        desiredCount: setup.desiredCount ?? 4,
        definition: definitionOf(first.definition),
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
        events: [],
      }
      if (setup.isNew) machine.deploy(service, definitionOf(first.definition))
      else
        for (const { definition, at } of setup.past)
          machine.past(service, definitionOf(definition), at)
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
    /** Whether lists of deployments lack the newest one. */
    listLate: (isLate: boolean) => {
      listsLate = isLate
    },
    /** Tasks that are started from now on run after so many milliseconds. */
    startTasksIn: (ms: number) => {
      taskStartMs = ms
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
    push: machine.push,
    remove: (cluster: string, name: string) => services.delete(`${cluster}/${name}`),
    /** An event of the service, in ECS's words. */
    say: (cluster: string, name: string, message: string) =>
      machine.say(serviceOf(cluster, name), message),
    /** What runs, by image. */
    running(cluster: string, name: string): ReadonlyMap<string, number> {
      const counts = new Map<string, number>()
      for (const { lastStatus, revision } of alive(serviceOf(cluster, name))) {
        const image = revision.images[0]?.image ?? ''
        if (lastStatus === 'RUNNING') counts.set(image, (counts.get(image) ?? 0) + 1)
      }
      return counts
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
    /** The tasks that are not stopped. */
    tasks: (cluster: string, name: string) =>
      alive(serviceOf(cluster, name)).map(({ arn, revision, lastStatus }) => ({
        name: arn.split('/').at(-1) ?? arn,
        image: revision.images[0]?.image ?? '',
        status: lastStatus,
      })),
    onChange(listener: () => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close(): Promise<void> {
      clearInterval(ticking)
      return server.close()
    },
  }
}
