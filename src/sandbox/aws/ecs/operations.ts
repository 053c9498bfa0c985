import type { Fields } from '#sandbox/cluster/objects.ts'
import type { Engine } from './engine.ts'
import { briefView, revisionView, serviceDeploymentView } from './deployment-views.ts'
import { client, invalid, notAuthorized, Refusal } from './refusal.ts'
import type { Asked, Operation } from './requests.ts'
import { serviceView } from './service-view.ts'
import {
  type ContainerDefinition,
  type Definition,
  inFlight,
  type Service,
  type ServiceDeployment,
} from './state.ts'
import { alive } from './tasks.ts'
import { definitionView, taskView } from './task-views.ts'

export interface Account {
  readonly engine: Engine
  readonly clusters: ReadonlySet<string>
  readonly services: Map<string, Service>
  readonly definitions: Definition[]
  /** At most so many in one answer, whatever was asked for. */
  readonly pageSize: number
  /** The newest deployment is not listed yet. */
  readonly listsLate: () => boolean
  register(
    family: string,
    containers: readonly ContainerDefinition[],
    settings: Fields,
    tags: readonly Fields[],
  ): string
  readonly mayNotPassRoles: () => boolean
  /** Counts what took effect. */
  changed(): void
}

/** ECS tells of deployments for so long. */
const window = 90 * 24 * 60 * 60 * 1_000

/** It describes no revision that is older. */
const firstRevisions = new Date('2024-10-25T00:00:00Z')

type Answers = { readonly [Name in Operation]: (asked: Asked<Name>) => Fields }

export function operations(account: Account): Answers {
  const { engine, services, definitions, changed } = account
  const all = () => [...services.values()]

  function serviceOf(cluster: string, name: string): Service {
    const service = present(cluster, name)
    if (!service) throw new Refusal('ServiceNotFoundException', 'Service not found.')
    return service
  }

  function present(cluster: string, name: string): Service | undefined {
    if (!account.clusters.has(cluster))
      throw new Refusal('ClusterNotFoundException', 'Cluster not found.')
    const service = services.get(`${cluster}/${name}`)
    if (service) engine.advance(service)
    return service
  }

  const isKept = ({ createdAt }: ServiceDeployment) =>
    engine.now().getTime() - createdAt.getTime() < window

  function deploymentOf(arn: string): { service: Service; deployment: ServiceDeployment } {
    for (const service of all()) {
      engine.advance(service)
      const deployment = service.deployments.find((one) => one.arn === arn && isKept(one))
      if (deployment) return { service, deployment }
    }
    throw new Refusal('ServiceDeploymentNotFoundException', 'Service deployment not found.')
  }

  function definitionOf(name: string): Definition {
    const own = definitions.filter(({ arn, family, revision }) =>
      [arn, family, `${family}:${revision}`].includes(name),
    )
    // A family alone stands for its latest that is active.
    const found = own.findLast(({ status }) => status === 'ACTIVE') ?? own.at(-1)
    if (!found) throw client('Unable to describe task definition.')
    return found
  }

  function page<Row>(rows: readonly Row[], { maxResults, nextToken }: Paged, usual: number) {
    const start = Number(nextToken ?? 0)
    if (!Number.isInteger(start)) throw invalid('Invalid token.')
    const end = start + Math.min(maxResults ?? usual, account.pageSize)
    return {
      rows: rows.slice(start, end),
      next: end < rows.length ? { nextToken: String(end) } : {},
    }
  }

  return {
    DescribeServices({ cluster, services: names }) {
      const found = names.map((name) => [name, present(cluster, name)] as const)
      return {
        services: found.flatMap(([, service]) => (service ? [serviceView(service)] : [])),
        failures: found.flatMap(([name, service]) =>
          service ? [] : [{ arn: engine.arn('service', `${cluster}/${name}`), reason: 'MISSING' }],
        ),
      }
    },

    ListServiceDeployments({ cluster, service: name, status, createdAt, ...paged }) {
      const service = serviceOf(cluster, name)
      const kept = service.deployments
        .filter(isKept)
        .filter((one) => !status || status.includes(one.status))
        .filter((one) => !createdAt?.after || one.createdAt.getTime() / 1_000 > createdAt.after)
        .filter((one) => !createdAt?.before || one.createdAt.getTime() / 1_000 < createdAt.before)
        .toReversed()
        .slice(account.listsLate() ? 1 : 0)
      const { rows, next } = page(kept, paged, 20)
      return { serviceDeployments: rows.map((one) => briefView(service, one)), ...next }
    },

    DescribeServiceDeployments({ serviceDeploymentArns }) {
      return found(serviceDeploymentArns, 'serviceDeployments', (arn) => {
        const { service, deployment } = deploymentOf(arn)
        return serviceDeploymentView(service, deployment)
      })
    },

    DescribeServiceRevisions({ serviceRevisionArns }) {
      return found(serviceRevisionArns, 'serviceRevisions', (arn) => {
        for (const service of all())
          for (const { target } of service.deployments)
            if (target.arn === arn && target.createdAt >= firstRevisions)
              return revisionView(service, target)
        throw new Refusal('ServiceRevisionNotFound', arn)
      })
    },

    DescribeTaskDefinition({ taskDefinition, include }) {
      const definition = definitionOf(taskDefinition)
      const tags = include ? { tags: definition.tags ?? [] } : {}
      return { taskDefinition: definitionView(definition), ...tags }
    },

    RegisterTaskDefinition({ family, containerDefinitions, tags = [], ...settings }) {
      const hasRoles = settings.taskRoleArn ?? settings.executionRoleArn
      if (hasRoles !== undefined && account.mayNotPassRoles())
        throw notAuthorized('iam:PassRole', hasRoles)
      const arn = account.register(family, containerDefinitions, settings, tags)
      changed()
      return { taskDefinition: definitionView(definitionOf(arn)), tags }
    },

    ListTaskDefinitions({ familyPrefix, status = 'ACTIVE', sort = 'ASC', ...paged }) {
      const own = definitions.filter(
        (one) => one.status === status && (!familyPrefix || one.family === familyPrefix),
      )
      const { rows, next } = page(sort === 'DESC' ? own.toReversed() : own, paged, 100)
      return { taskDefinitionArns: rows.map(({ arn }) => arn), ...next }
    },

    ListTasks({ cluster, serviceName, desiredStatus = 'RUNNING', ...paged }) {
      const service = serviceOf(cluster, serviceName)
      const wanted =
        desiredStatus === 'STOPPED'
          ? service.tasks.filter(({ lastStatus }) => lastStatus === 'STOPPED').toReversed()
          : alive(service)
      const { rows, next } = page(wanted, paged, 100)
      return { taskArns: rows.map(({ arn }) => arn), ...next }
    },

    DescribeTasks({ cluster, tasks }) {
      const own = all().filter((one) => one.cluster === cluster)
      return found(tasks, 'tasks', (arn) => {
        for (const service of own)
          for (const task of service.tasks) if (task.arn === arn) return taskView(service, task)
        throw new Refusal('TaskNotFound', arn)
      })
    },

    UpdateService({ cluster, service: name, ...wanted }) {
      const service = serviceOf(cluster, name)
      if (service.status !== 'ACTIVE')
        throw new Refusal('ServiceNotActiveException', 'Service was not ACTIVE.')
      if ('desiredCount' in wanted) {
        service.desiredCount = wanted.desiredCount
        changed()
        return { service: serviceView(service) }
      }
      const { taskDefinition, forceNewDeployment } = wanted
      if (service.controller !== 'ECS')
        throw invalid(
          `Unable to update task definition on services with a ${service.controller} deployment controller.`,
        )
      const definition = definitionOf(taskDefinition)
      if (definition.status !== 'ACTIVE') throw client('TaskDefinition is inactive')
      const isOther = definition !== service.deployments.at(-1)?.target.definition
      // The same again is no deployment.
      if (isOther || isBack(service) || forceNewDeployment) {
        engine.deploy(service, definition)
        changed()
      }
      return { service: serviceView(service) }
    },

    StopServiceDeployment({ serviceDeploymentArn }) {
      const { service, deployment } = deploymentOf(serviceDeploymentArn)
      if (!inFlight.includes(deployment.status))
        throw new Refusal(
          'ConflictException',
          'The service deployment has ended and cannot be stopped.',
        )
      takeBack(service, deployment, 'Stopped by a user with the rollback option.')
      return { serviceDeploymentArn }
    },

    ContinueServiceDeployment({ serviceDeploymentArn, hookId, action }) {
      const { service, deployment } = deploymentOf(serviceDeploymentArn)
      const { hook } = deployment
      if (hook?.id !== hookId || hook.status !== 'AWAITING_ACTION')
        throw invalid('The lifecycle hook is not awaiting an action.')
      hook.status = 'SUCCEEDED'
      if (action === 'ROLLBACK') takeBack(service, deployment, 'Rolled back at a lifecycle hook.')
      else changed()
      return { serviceDeploymentArn }
    },
  }

  function takeBack(service: Service, deployment: ServiceDeployment, reason: string): void {
    if (deployment.status.startsWith('ROLLBACK')) return
    if (!engine.rollBack(service, deployment, reason))
      throw new Refusal('ConflictException', 'There is no service revision to roll back to.')
    changed()
  }
}

interface Paged {
  readonly maxResults?: number | undefined
  readonly nextToken?: string | undefined
}

const isBack = (service: Service): boolean => service.deployments.at(-1)?.rollback !== undefined

/** What is not there stands among the failures of an answer that is otherwise well. */
function found(arns: readonly string[], name: string, view: (arn: string) => Fields): Fields {
  const rows: Fields[] = []
  const failures: Fields[] = []
  for (const arn of arns)
    try {
      rows.push(view(arn))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      failures.push({ arn, reason: 'MISSING' })
    }
  return { [name]: rows, failures }
}
