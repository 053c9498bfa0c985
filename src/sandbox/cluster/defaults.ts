import { asFields, isFields } from './fields.ts'
import type { Fields, Kind } from './objects.ts'
import { ApiError, invalid } from './api-error.ts'
import type { Resource } from './resources.ts'

const specDefaults: Partial<Record<Kind, Fields>> = {
  Deployment: {
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    strategy: {
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
    },
  },
  StatefulSet: {
    replicas: 1,
    revisionHistoryLimit: 10,
    podManagementPolicy: 'OrderedReady',
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
  },
  DaemonSet: {
    revisionHistoryLimit: 10,
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
  },
  HorizontalPodAutoscaler: { minReplicas: 1 },
}

const hasTemplate: readonly Kind[] = ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet']

/** The object as the API server would store it: defaults filled in, refused with 422 when it cannot run. */
export function withDefaults(resource: Resource, object: Fields): Fields {
  const defaults = specDefaults[resource.kind]
  const spec = isFields(object['spec']) ? object['spec'] : undefined
  if (defaults === undefined && !hasTemplate.includes(resource.kind)) return object
  const filled = { ...defaults, ...spec }
  if (hasTemplate.includes(resource.kind)) {
    const problem = templateProblem(filled)
    if (problem) throw invalid(resource, nameOf(object), problem.field, problem.why)
  }
  return { ...object, spec: filled, status: asFields(object['status']) }
}

function templateProblem(spec: Fields): { field: string; why: string } | undefined {
  const template = asFields(spec['template'])
  const podSpec = asFields(template['spec'])
  const containers = podSpec['containers']
  if (!Array.isArray(containers) || containers.length === 0)
    return { field: 'spec.template.spec.containers', why: 'Required value' }
  for (const [index, container] of containers.entries())
    if (!isFields(container) || typeof container['image'] !== 'string' || container['image'] === '')
      return {
        field: `spec.template.spec.containers[${index}].image`,
        why: 'Required value',
      }
  const selector = isFields(spec['selector']) ? spec['selector']['matchLabels'] : undefined
  const metadata = asFields(template['metadata'])
  const labels = asFields(metadata['labels'])
  if (!isFields(selector)) return { field: 'spec.selector', why: 'Required value' }
  if (Object.entries(selector).some(([name, value]) => labels[name] !== value))
    return {
      field: 'spec.template.metadata.labels',
      why: 'Invalid value: `selector` does not match template `labels`',
    }
  return undefined
}

export function nameOf(object: Fields): string {
  const metadata = asFields(object['metadata'])
  const name = metadata['name']
  if (typeof name !== 'string' || name === '')
    throw new ApiError(422, 'Invalid', 'resource name may not be empty')
  return name
}
