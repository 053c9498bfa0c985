import { type Behaviour, imageDigest } from '#sandbox/cluster/behaviour.ts'
import {
  type Definition,
  type DeploymentStatus,
  inFlight,
  type Service,
  type ServiceDeployment,
  type ServiceRevision,
  settledIn,
  wantedBy,
} from './state.ts'
import { scheduler } from './scheduler.ts'
import { alive, stop } from './tasks.ts'

export interface EngineOptions {
  readonly region: string
  readonly account: string
  /** What timestamps say. */
  readonly now: () => Date
  /** What lengths are measured by, in milliseconds. */
  readonly ms: () => number
  readonly taskStartMs: () => number
  readonly minuteMs: number
  readonly behaviours: (image: string) => Behaviour
  /** AWS does not say what a service calls its task definition while ECS takes a deployment back: both are possible. */
  readonly namesTheBadOneWhileRollingBack: boolean
  /** One move of whoever deploys a service that ECS does not deploy itself. */
  readonly deploysElse: (service: Service) => boolean
  /** Something of a service is otherwise than it was. */
  readonly moved: () => void
}

export type Engine = ReturnType<typeof engine>

/** Deploys as ECS does it: every look carries it on to where the clock is. */
export function engine(options: EngineOptions) {
  const { now, ms } = options
  let made = 0
  const pushes = new Map<string, number>()
  const id = () => {
    made += 1
    return `${made.toString(16).padStart(8, '0')}a1b2c3d4e5f60718293a4b5c`
  }
  const arn = (kind: string, path: string) =>
    `arn:aws:ecs:${options.region}:${options.account}:${kind}/${path}`
  const say = (service: Service, message: string) =>
    service.events.unshift({
      id: id(),
      createdAt: now(),
      message: `(service ${service.name}) ${message}`,
    })
  const rest = { id, arn, say, now, ms }
  const { start, startTasks, keepCount, runAtOnce } = scheduler({ ...options, ...rest })

  const digestOf = (image: string) => imageDigest(image, pushes.get(image) ?? 0)

  function newRevision(
    { cluster, name, around }: Service,
    definition: Definition,
  ): ServiceRevision {
    return {
      arn: arn('service-revision', `${cluster}/${name}/${id()}`),
      definition,
      images: definition.containers.map(({ name: containerName, image }) => ({
        containerName,
        image,
        imageDigest: digestOf(image),
      })),
      createdAt: now(),
      around,
    }
  }

  /** What was under way is stopped by it, as ECS does. */
  function deploy(service: Service, definition: Definition): ServiceDeployment {
    advance(service)
    for (const one of service.deployments.filter(({ status }) => inFlight.includes(status)))
      end(one, 'STOPPED', 'Service deployment stopped: a newer deployment was started.')
    const settled = settledIn(service)
    const sources = new Set(settled ? [settled] : [])
    for (const task of alive(service)) sources.add(task.revision)
    const deployment: ServiceDeployment = {
      arn: arn('service-deployment', `${service.cluster}/${service.name}/${id()}`),
      createdAt: now(),
      target: newRevision(service, definition),
      sources: [...sources],
      status: 'PENDING',
      stage: undefined,
      failedTasks: 0,
      failures: 0,
    }
    service.definition = definition
    service.deployments.push(deployment)
    say(service, `has started a deployment: (deployment ${deployment.arn.split('/').at(-1)}).`)
    options.moved()
    return deployment
  }

  function end(deployment: ServiceDeployment, status: DeploymentStatus, reason?: string): void {
    deployment.status = status
    deployment.finishedAt = now()
    if (status === 'STOPPED') deployment.stoppedAt = now()
    if (reason !== undefined) deployment.statusReason = reason
    deployment.stage = undefined
  }

  /** To what ended well last. Answers whether there is such a one. */
  function rollBack(service: Service, deployment: ServiceDeployment, reason: string): boolean {
    const revision = settledIn(service)
    if (!revision) return false
    deployment.status = 'ROLLBACK_REQUESTED'
    deployment.statusReason = reason
    deployment.stage = undefined
    deployment.rollback = { reason, at: now(), revision }
    return true
  }

  function advance(service: Service): void {
    let steps = 0
    while (steps < 1_000 && step(service)) steps += 1
    if (steps > 0) options.moved()
  }

  function step(service: Service): boolean {
    const current = service.deployments.at(-1)
    const started = service.tasks.some((task) => start(service, current, task))
    if (service.controller === 'CODE_DEPLOY') return options.deploysElse(service) || started
    if (!current) return started
    return drive(service, current) || started
  }

  /** One move of the deployment, if it has one to make. */
  function drive(service: Service, deployment: ServiceDeployment): boolean {
    const { status, failures } = deployment
    const { breaker } = service.settings
    if (status === 'PENDING' || status === 'ROLLBACK_REQUESTED') {
      deployment.status = status === 'PENDING' ? 'IN_PROGRESS' : 'ROLLBACK_IN_PROGRESS'
      deployment.startedAt ??= now()
      deployment.stage = 'SCALE_UP'
      deployment.failures = 0
      deployment.failedTasks = 0
      if (!options.namesTheBadOneWhileRollingBack)
        service.definition = wantedBy(deployment).definition
      return true
    }
    if (breaker && status === 'IN_PROGRESS' && failures >= breaker.threshold) {
      const why = 'deployment failed: tasks failed to start.'
      if (!breaker.rollback || !rollBack(service, deployment, `Service ${why}`))
        end(deployment, 'STOPPED', `Service ${why}`)
      say(service, why)
      return true
    }
    if (status === 'ROLLBACK_IN_PROGRESS' && breaker && failures >= breaker.threshold) {
      end(deployment, 'ROLLBACK_FAILED', 'The rollback failed: tasks failed to start.')
      return true
    }
    if (status !== 'IN_PROGRESS' && status !== 'ROLLBACK_IN_PROGRESS')
      return keepCount(service, wantedBy(deployment))
    return move(service, deployment)
  }

  function move(service: Service, deployment: ServiceDeployment): boolean {
    const wanted = wantedBy(deployment)
    const isBack = deployment.status === 'ROLLBACK_IN_PROGRESS'
    const isBlueGreen = service.settings.strategy === 'BLUE_GREEN'
    const own = alive(service).filter(({ revision }) => revision === wanted)
    const others = alive(service).filter(({ revision }) => revision !== wanted)
    const running = own.filter(({ lastStatus }) => lastStatus === 'RUNNING').length
    if (own.length < service.desiredCount) {
      startTasks(service, wanted, service.desiredCount - own.length)
      return true
    }
    if (own.length > service.desiredCount) return keepCount(service, wanted)
    const mayStop = isBlueGreen && !isBack ? 0 : others.length - (service.desiredCount - running)
    if (mayStop > 0) {
      for (const task of others.slice(0, mayStop))
        stop(task, 'Scaling activity initiated by deployment', now())
      return true
    }
    if (running < service.desiredCount) return false
    if (isBack) return finish(service, deployment, 'ROLLBACK_SUCCESSFUL')
    if (service.settings.pauses) {
      const { hook } = deployment
      if (hook?.status === 'AWAITING_ACTION') return false
      if (!hook?.isLast) {
        deployment.stage = hook ? 'POST_TEST_TRAFFIC_SHIFT' : 'POST_SCALE_UP'
        const isLast = hook !== undefined || service.settings.pausesTwice !== true
        deployment.hook = { id: hook?.id ?? id(), isLast, status: 'AWAITING_ACTION' }
        return true
      }
    }
    if (deployment.bakeUntilMs === undefined) {
      deployment.bakeUntilMs = ms() + service.settings.bakeMinutes * options.minuteMs
      deployment.stage = 'BAKE_TIME'
      return true
    }
    if (deployment.bakeUntilMs > ms()) return false
    for (const task of others) stop(task, 'Scaling activity initiated by deployment', now())
    return finish(service, deployment, 'SUCCESSFUL')
  }

  function finish(
    service: Service,
    deployment: ServiceDeployment,
    status: 'SUCCESSFUL' | 'ROLLBACK_SUCCESSFUL',
  ): boolean {
    end(deployment, status)
    service.definition = wantedBy(deployment).definition
    say(service, 'has reached a steady state.')
    return true
  }

  /** A deployment that ended well some time ago. */
  function past(service: Service, definition: Definition, at: Date): void {
    const target = { ...newRevision(service, definition), createdAt: at }
    const before = settledIn(service)
    service.definition = definition
    service.deployments.push({
      arn: arn('service-deployment', `${service.cluster}/${service.name}/${id()}`),
      createdAt: at,
      startedAt: at,
      finishedAt: at,
      target,
      sources: before ? [before] : [],
      status: 'SUCCESSFUL',
      stage: undefined,
      failedTasks: 0,
      failures: 0,
    })
    service.tasks.splice(0)
    runAtOnce(service, target, at)
  }

  return {
    ...rest,
    past,
    runAtOnce,
    newRevision,
    keepCount,
    advance,
    deploy,
    end,
    rollBack,
    /** Somebody pushes another image under the same name. */
    push: (image: string) => pushes.set(image, (pushes.get(image) ?? 0) + 1),
  }
}
