import { createHash } from 'node:crypto'
import type { Engine } from '../ecs/engine.ts'
import type { Definition, Service, TaskSet } from '../ecs/state.ts'
import { alive, stop } from '../ecs/tasks.ts'
import { type Deployment, type Group, type GroupSettings, isEnded } from './state.ts'

export type Machine = ReturnType<typeof machine>

const usual: GroupSettings = { keepsMinutes: 0, endsAfter: 3, takesBack: false, alarms: [] }

/** Deploys in blue and green as CodeDeploy does it: new tasks beside the old ones, then all traffic, then the old ones go. */
export function machine(engine: Engine, minuteMs: number) {
  const { now, ms } = engine
  const groups = new Map<string, Group>()
  /** AppSpecs by application and digest. */
  const specs = new Map<string, string>()
  let returnsAreHeld = false
  let endsAreHeld = false

  const groupOf = (service: Service) => [...groups.values()].find((one) => one.service === service)

  function keepSpec(application: string, content: string): string {
    const sha256 = createHash('sha256').update(content).digest('hex')
    specs.set(`${application} ${sha256}`, content)
    return sha256
  }

  function addSet(service: Service, definition: Definition, externalId?: string): TaskSet {
    const set: TaskSet = {
      id: `ecs-svc/${engine.id()}`,
      revision: engine.newRevision(service, definition),
      createdAt: now(),
      status: 'ACTIVE',
      ...(externalId === undefined ? {} : { externalId }),
    }
    service.sets.push(set)
    return set
  }

  function removeSet(service: Service, set: TaskSet): void {
    for (const task of alive(service).filter(({ revision }) => revision === set.revision))
      stop(task, 'Task set deleted', now())
    service.sets.splice(service.sets.indexOf(set), 1)
  }

  function create(
    group: Group,
    definition: Definition,
    of: Partial<Pick<Deployment, 'sha256' | 'description' | 'takesBack'>>,
  ): Deployment {
    const deployment: Deployment = {
      id: `d-${engine.id().slice(0, 9).toUpperCase()}`,
      createdAt: now(),
      sha256: of.sha256,
      definition,
      creator: of.takesBack ? 'codeDeployRollback' : 'user',
      description: of.description,
      takesBack: of.takesBack,
      original: group.service.sets.find(({ status }) => status === 'PRIMARY'),
      status: 'Created',
    }
    group.deployments.push(deployment)
    return deployment
  }

  function end(deployment: Deployment, status: 'Succeeded' | 'Failed' | 'Stopped'): void {
    deployment.status = status
    deployment.completedAt = now()
  }

  function shift(service: Service, to: TaskSet): void {
    for (const set of service.sets) set.status = set === to ? 'PRIMARY' : 'ACTIVE'
    service.definition = to.revision.definition
  }

  /** Another deployment, which CodeDeploy makes itself. */
  function takeBack(group: Group, deployment: Deployment): void {
    const { original } = deployment
    if (!original || !group.service.sets.includes(original)) return
    const before = group.deployments.findLast(
      (one) => one.status === 'Succeeded' && one.definition === original.revision.definition,
    )
    deployment.takenBackBy = create(group, original.revision.definition, {
      takesBack: deployment,
      sha256: before?.sha256,
    })
  }

  /** One move, if there is one to make. */
  function drive(service: Service): boolean {
    const group = groupOf(service)
    const newest = group?.deployments.at(-1)
    if (group && newest?.owesReturn && !returnsAreHeld) {
      newest.owesReturn = false
      takeBack(group, newest)
      return true
    }
    if (!group || !newest || isEnded(newest)) return keepCounts(service)
    if (newest.stopping) {
      newest.error = { code: 'MANUAL_STOP', message: 'The deployment was stopped by a user.' }
      end(newest, 'Stopped')
      newest.owesReturn = newest.stopping.isTakenBack
      return true
    }
    if (newest.status === 'Created') {
      newest.status = 'InProgress'
      newest.startedAt = now()
      if (!newest.takesBack) newest.set = addSet(service, newest.definition, newest.id)
      return true
    }
    return newest.takesBack ? driveBack(service, newest) : driveOn(group, newest)
  }

  function driveBack(service: Service, { takesBack, ...own }: Deployment): boolean {
    if (keepCounts(service)) return true
    const deployment = groupOf(service)?.deployments.at(-1)
    const original = takesBack?.original
    if (!deployment || !original || deployment.id !== own.id) return false
    if (runningOf(service, original) < service.desiredCount) return false
    shift(service, original)
    for (const set of service.sets.filter((one) => one !== original)) removeSet(service, set)
    end(deployment, 'Succeeded')
    return true
  }

  function driveOn(group: Group, deployment: Deployment): boolean {
    const { service, settings } = group
    const { set } = deployment
    if (!set) return false
    const failed = service.tasks.filter(
      (task) =>
        task.revision === set.revision &&
        task.lastStatus === 'STOPPED' &&
        task.stopCode !== 'ServiceSchedulerInitiated',
    ).length
    if (failed >= settings.endsAfter) {
      deployment.error = {
        code: 'HEALTH_CONSTRAINTS',
        message: 'The deployment failed because the replacement task set never became healthy.',
      }
      end(deployment, 'Failed')
      if (settings.takesBack) deployment.owesReturn = true
      else removeSet(service, set)
      return true
    }
    if (keepCounts(service)) return true
    if (deployment.keepsUntilMs === undefined) {
      if (runningOf(service, set) < service.desiredCount) return false
      if (settings.waitsMinutes !== undefined && !deployment.isContinued)
        return wait(service, deployment, set, settings.waitsMinutes)
      shift(service, set)
      deployment.keepsUntilMs = ms() + settings.keepsMinutes * minuteMs
      if (settings.isReadyWhileKeeping) deployment.status = 'Ready'
      return true
    }
    if (deployment.keepsUntilMs > ms()) return false
    const others = service.sets.filter((one) => one !== set)
    for (const other of others) removeSet(service, other)
    if (endsAreHeld) return others.length > 0
    end(deployment, 'Succeeded')
    return true
  }

  /** Before any traffic, until somebody has it go on; after that time it is stopped. */
  function wait(service: Service, deployment: Deployment, set: TaskSet, forMinutes: number) {
    if (deployment.waitsUntilMs === undefined) {
      deployment.waitsUntilMs = ms() + forMinutes * minuteMs
      deployment.status = 'Ready'
      return true
    }
    if (deployment.waitsUntilMs > ms()) return false
    deployment.error = { code: 'TIMEOUT', message: 'Traffic was not rerouted in time.' }
    end(deployment, 'Stopped')
    removeSet(service, set)
    return true
  }

  const runningOf = (service: Service, { revision }: TaskSet): number =>
    alive(service).filter((task) => task.revision === revision && task.lastStatus === 'RUNNING')
      .length

  const keepCounts = (service: Service): boolean =>
    service.sets.filter(({ revision }) => engine.keepCount(service, revision)).length > 0

  return {
    groups,
    specs,
    keepSpec,
    create,
    drive,
    groupOf,
    /** The moment between the end of a deployment and the one that takes it back lasts until they are let go. */
    holdReturns: (isHeld: boolean): void => {
      returnsAreHeld = isHeld
    },
    /** The moment between the end of the former tasks and that of the deployment lasts until they are let go. */
    holdEnds: (isHeld: boolean): void => {
      endsAreHeld = isHeld
    },
    /** A group with what it deployed so far, oldest first; all of it ended well. */
    add(
      service: Service,
      {
        application,
        group: name,
        ...settings
      }: Partial<GroupSettings> & {
        readonly application: string
        readonly group: string
      },
      past: readonly { readonly definition: Definition; readonly at: Date }[],
    ): void {
      const group: Group = {
        application,
        name,
        service,
        settings: { ...usual, ...settings },
        deployments: [],
      }
      groups.set(`${application}/${name}`, group)
      for (const { definition, at } of past) {
        const sha256 = keepSpec(application, appSpecFor(definition))
        const made = { ...create(group, definition, { sha256 }), createdAt: at }
        group.deployments.splice(-1, 1, made)
        Object.assign(made, { startedAt: at, completedAt: at, status: 'Succeeded' })
        for (const set of service.sets) removeSet(service, set)
        made.set = addSet(service, definition, made.id)
        shift(service, made.set)
        engine.runAtOnce(service, made.set.revision, at)
      }
    },
    /** The pipeline deploys; what is under way is stopped first. */
    ship(service: Service, definition: Definition): string {
      engine.advance(service)
      const group = groupOf(service)
      if (!group) throw new Error(`no group deploys ${service.name}`)
      const newest = group.deployments.at(-1)
      if (newest && !isEnded(newest)) {
        end(newest, 'Stopped')
        const { set } = newest
        if (set && set.status !== 'PRIMARY') removeSet(service, set)
      }
      const sha256 = keepSpec(group.application, appSpecFor(definition))
      return create(group, definition, { sha256 }).id
    },
  }
}

/** As a pipeline writes it, in YAML. */
const appSpecFor = ({ arn, containers: [first] }: Definition): string =>
  [
    'version: 0.0',
    'Resources:',
    '  - TargetService:',
    '      Type: AWS::ECS::Service',
    '      Properties:',
    `        TaskDefinition: ${arn}`,
    '        LoadBalancerInfo:',
    `          ContainerName: ${first?.name ?? 'app'}`,
    '          ContainerPort: 8080',
    '',
  ].join('\n')
