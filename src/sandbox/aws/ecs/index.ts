import { type Behaviour, healthy } from '#sandbox/cluster/behaviour.ts'
import { createFaults } from '#sandbox/cluster/faults.ts'
import type { Fields } from '#sandbox/cluster/objects.ts'
import type { z } from 'zod'
import {
  type BalancerOperation,
  balancerOperations,
  balancerRequests,
  type TargetState,
} from '../balancer/operations.ts'
import { machine as codeDeployMachine } from '../codedeploy/machine.ts'
import { codeDeployOperations } from '../codedeploy/operations.ts'
import { type CodeDeployOperation, codeDeployRequests } from '../codedeploy/requests.ts'
import { type Exchange, type JsonService, serveJson } from '../server.ts'
import { controls } from './controls.ts'
import { registrar } from './definitions.ts'
import { engine } from './engine.ts'
import { account } from './new-service.ts'
import { operations } from './operations.ts'
import { invalid, notAuthorized, Refusal } from './refusal.ts'
import { type Operation, requests } from './requests.ts'
import type { ContainerDefinition, Definition, Service } from './state.ts'

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

export const ecsRegion = 'eu-central-1'
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
  let listsOldestFirst = false
  let changes = 0
  const changed = () => {
    changes += 1
  }
  const machine = engine({
    deploysElse: (service) => groups.drive(service),
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
  const groups = codeDeployMachine(machine, options.minuteMs ?? 60_000)
  const register = registrar(machine, definitions)
  const answers = operations({
    engine: machine,
    clusters,
    services,
    definitions,
    pageSize: options.pageSize ?? 100,
    listsLate: () => listsLate,
    register: (family, containers, settings, tags) =>
      register(family, containers, settings, { tags, by: 'countermand/bot' }),
    mayNotPassRoles: () => denied.has('iam:PassRole'),
    changed,
  })

  const byCodeDeploy = codeDeployOperations({
    machine: groups,
    engine: machine,
    definitions,
    pageSize: options.pageSize ?? 100,
    listsOldestFirst: () => listsOldestFirst,
    changed,
  })

  const found = new Map<string, TargetState>()
  const byBalancer = balancerOperations({
    engine: machine,
    services,
    stateOf: (task) => found.get(task.revision.definition.arn),
  })

  const serviceOfAws = (
    target: string,
    signedFor: string,
    schemas: Readonly<Record<string, z.ZodType>>,
    own: Readonly<Record<string, unknown>>,
  ): JsonService => ({
    target,
    signedFor,
    seen: (exchange) => exchanges.push(exchange),
    answer(operation, request) {
      const schema = schemas[operation]
      if (!schema) throw new Refusal('UnknownOperationException', operation)
      if (denied.has(operation)) throw notAuthorized(`${signedFor}:${operation}`)
      const asked = schema.safeParse(request)
      if (!asked.success) throw invalid(asked.error.message)
      // Each operation's own schema has just parsed its own request.
      return (own[operation] as (asked: unknown) => Fields)(asked.data)
    },
  })
  const server = await serveJson(
    [
      serviceOfAws('AmazonEC2ContainerServiceV20141113', 'ecs', requests, answers),
      serviceOfAws('query', 'elasticloadbalancing', balancerRequests, byBalancer),
      serviceOfAws('CodeDeploy_20141006', 'codedeploy', codeDeployRequests, byCodeDeploy),
    ],
    faults,
  )

  const ticking =
    options.everyMs === undefined
      ? undefined
      : setInterval(() => [...services.values()].forEach(machine.advance), options.everyMs)

  return {
    url: server.url,
    faults,
    exchanges: exchanges as readonly Exchange[],
    /** How many changes took effect. */
    changes: () => changes,
    ...controls({ machine, groups, clusters, services, definitions }),
    register: (
      family: string,
      containers: readonly ContainerDefinition[],
      settings?: Fields,
      tags?: readonly Fields[],
    ) => register(family, containers, settings, tags ? { tags } : {}),
    deny: (
      ...operations: readonly (
        | Operation
        | CodeDeployOperation
        | BalancerOperation
        | 'iam:PassRole'
      )[]
    ) => operations.forEach((one) => denied.add(one)),
    /** Whether lists of deployments lack the newest one. */
    listLate: (isLate: boolean) => {
      listsLate = isLate
    },
    /** Whether lists of CodeDeploy's deployments begin with the oldest one. */
    listOldestFirst: (isSo: boolean) => {
      listsOldestFirst = isSo
    },
    /** Tasks that are started from now on run after so many milliseconds. */
    startTasksIn: (ms: number) => {
      taskStartMs = ms
    },
    /** From now on the load balancer finds every task of a definition so. */
    findTargets: (definition: string, state: TargetState) => found.set(definition, state),
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
