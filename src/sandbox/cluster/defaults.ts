import { asFields, asText, isFields } from './fields.ts'
import type { Fields, Kind } from './objects.ts'
import { ApiError, type Cause } from './api-error.ts'
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
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    serviceName: '',
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
  },
  DaemonSet: {
    revisionHistoryLimit: 10,
    updateStrategy: {
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
    },
  },
  HorizontalPodAutoscaler: { minReplicas: 1 },
}

/** Counts that are there from the beginning. */
const statusDefaults: Partial<Record<Kind, Fields>> = {
  StatefulSet: { replicas: 0, availableReplicas: 0 },
  DaemonSet: {
    currentNumberScheduled: 0,
    desiredNumberScheduled: 0,
    numberMisscheduled: 0,
    numberReady: 0,
  },
}

const hasTemplate: readonly Kind[] = ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet']

/** The object as the API server would store it, defaults filled in. */
export function withDefaults(resource: Resource, object: Fields): Fields {
  if (resource.kind === 'HTTPRoute') return withBackendWeights(object)
  const defaults = specDefaults[resource.kind]
  const spec = isFields(object['spec']) ? object['spec'] : undefined
  if (defaults === undefined && !hasTemplate.includes(resource.kind)) return object
  const filled = { ...defaults, ...spec }
  return {
    ...object,
    spec: hasTemplate.includes(resource.kind)
      ? { ...filled, template: withTemplateDefaults(asFields(filled['template'])) }
      : filled,
    status: { ...statusDefaults[resource.kind], ...asFields(object['status']) },
  }
}

/** One that is left out is 1, by the schema of the Gateway API. */
function withBackendWeights(object: Fields): Fields {
  const spec = asFields(object['spec'])
  const each = (value: unknown, change: (one: Fields) => Fields) =>
    Array.isArray(value) ? value.map((one) => change(asFields(one))) : []
  const rules = each(spec['rules'], (rule) => ({
    ...rule,
    backendRefs: each(rule['backendRefs'], (backend) => ({
      group: '',
      kind: 'Service',
      weight: 1,
      ...backend,
    })),
  }))
  return { ...object, spec: { ...spec, rules } }
}

/** As the API server completes it. */
export function withTemplateDefaults(template: Fields): Fields {
  const spec = asFields(template['spec'])
  const containers = Array.isArray(spec['containers']) ? spec['containers'] : []
  return {
    ...template,
    spec: {
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
      ...spec,
      containers: containers.map((container) => ({
        imagePullPolicy: isMovable(asText(asFields(container)['image']))
          ? 'Always'
          : 'IfNotPresent',
        resources: {},
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        ...asFields(container),
      })),
    },
  }
}

/** No tag is the tag `latest`. */
const isMovable = (image: string): boolean =>
  !image.includes('@') && (image.endsWith(':latest') || !/:[^/]*$/.test(image))

/** Why the API server would not take it. */
export function templateProblems(resource: Resource, object: Fields): readonly Cause[] {
  if (!hasTemplate.includes(resource.kind)) return []
  const spec = asFields(object['spec'])
  const template = asFields(spec['template'])
  const labels = asFields(asFields(template['metadata'])['labels'])
  const selector = asFields(spec['selector'])['matchLabels']
  const containers = asFields(template['spec'])['containers']
  return [
    ...(isFields(selector) ? [] : [{ field: 'spec.selector', why: 'Required value' }]),
    ...(Object.entries(asFields(selector)).some(([name, value]) => labels[name] !== value)
      ? [
          {
            field: 'spec.template.metadata.labels',
            why: `Invalid value: ${JSON.stringify(labels)}: \`selector\` does not match template \`labels\``,
          },
        ]
      : []),
    ...containerProblems(Array.isArray(containers) ? containers : []),
  ]
}

function containerProblems(containers: readonly unknown[]): readonly Cause[] {
  const field = 'spec.template.spec.containers'
  if (containers.length === 0) return [{ field, why: 'Required value' }]
  return containers.flatMap((container, index) =>
    asText(asFields(container)['image']) === ''
      ? [{ field: `${field}[${index}].image`, why: 'Required value' }]
      : [],
  )
}

export function nameOf(object: Fields): string {
  const metadata = asFields(object['metadata'])
  const name = metadata['name']
  if (typeof name !== 'string' || name === '')
    throw new ApiError(422, 'Invalid', 'resource name may not be empty')
  return name
}
