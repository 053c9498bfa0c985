import { canonicalJson } from '#domain/json.ts'
import { randomUUID, createHash } from 'node:crypto'
import type { Canary } from '../../flagger-objects.ts'
import type { Deployment, Fields, PodTemplate } from '../../objects.ts'
import { createManifest } from '../../manifests.ts'
import { type Context, ownedBy } from '../context.ts'

export const targetOf = ({ store }: Context, { metadata, spec }: Canary): Deployment | undefined =>
  store.get('Deployment', metadata.namespace ?? '', spec.targetRef.name)
export const primaryOf = ({ store }: Context, { metadata, spec }: Canary): Deployment | undefined =>
  store.get('Deployment', metadata.namespace ?? '', `${spec.targetRef.name}-primary`)

/** The copy that serves, made once. */
export function makePrimary(context: Context, canary: Canary, target: Deployment): void {
  if (primaryOf(context, canary)) return
  copyConfigs(context, canary, target)
  const labels = primaryLabels(target.spec.selector.matchLabels)
  createManifest(context, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: `${target.metadata.name}-primary`,
      namespace: canary.metadata.namespace,
      labels,
      ownerReferences: [ownedBy(canary)],
    },
    spec: {
      ...target.spec,
      replicas: Math.max(1, target.spec.replicas),
      selector: { matchLabels: labels },
      template: asPrimary(context, canary, target.spec.template),
    },
  })
}

/** Template and configuration of the target, copied over what serves, which loses its own annotations (deployment_controller.go, Promote). */
export function promote(context: Context, canary: Canary): void {
  const [target, primary] = [targetOf(context, canary), primaryOf(context, canary)]
  if (!target || !primary) return
  copyConfigs(context, canary, target)
  const { replicas, template, ...others } = target.spec
  const { selector: _, ...spec } = others
  const bare = { ...primary, metadata: { ...primary.metadata, annotations: {} } }
  write(context, bare, {
    ...spec,
    replicas: replicas > 0 ? replicas : primary.spec.replicas,
    template: asPrimary(context, canary, template),
  })
}

export function scale(
  context: Context,
  deployment: Deployment | undefined,
  replicas: number,
): void {
  if (deployment && deployment.spec.replicas !== replicas) write(context, deployment, { replicas })
}

function write(
  { store }: Context,
  deployment: Deployment,
  spec: Partial<Deployment['spec']>,
): void {
  const { metadata } = deployment
  store.put('Deployment', {
    ...deployment,
    metadata: { ...metadata, generation: (metadata.generation ?? 1) + 1 },
    spec: { ...deployment.spec, ...spec },
  })
}

/** Why it is not ready; `isOver` once that will not change by itself. */
export function unready(
  context: Context,
  deployment: Deployment | undefined,
  deadlineSeconds: number,
): { readonly isOver: boolean } | undefined {
  if (!deployment) return { isOver: false }
  const { metadata, spec, status } = deployment
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 1)) return { isOver: false }
  const condition = (type: string) => status.conditions?.find((one) => one.type === type)
  if (condition('Progressing')?.reason === 'ProgressDeadlineExceeded') return { isOver: true }
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status
  if (
    updatedReplicas >= spec.replicas &&
    replicas <= updatedReplicas &&
    availableReplicas >= updatedReplicas
  )
    return undefined
  const available = condition('Available')
  const since = Date.parse(available?.lastUpdateTime ?? '')
  const isLong = context.now().getTime() > since + deadlineSeconds * 1_000
  return { isOver: available?.status === 'False' && isLong }
}

/** The value of the label by which Services tell the copy from the target. */
export const primaryLabels = (labels: Readonly<Record<string, string>> = {}) => {
  const [[key, value] = ['app', '']] = Object.entries(labels)
  return { [key]: `${value}-primary` }
}

function asPrimary(context: Context, canary: Canary, template: PodTemplate): PodTemplate {
  const configs = new Set(configNames(context, canary, template))
  const { labels, annotations } = template.metadata ?? {}
  return {
    metadata: {
      labels: { ...labels, ...primaryLabels(labels) },
      annotations: { ...annotations, 'flagger-id': randomUUID() },
    },
    spec: renamed(template.spec, configs) as PodTemplate['spec'],
  }
}

/** ConfigMaps that its pods name and that are there. */
function configNames(
  { store }: Context,
  { metadata }: Canary,
  { spec }: PodTemplate,
): readonly string[] {
  const text = JSON.stringify(spec)
  return store
    .list('ConfigMap', metadata.namespace)
    .map((one) => one.metadata.name)
    .filter((name) => text.includes(`:${JSON.stringify(name)}`) && !name.endsWith('-primary'))
}

function renamed(value: unknown, configs: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((one) => renamed(one, configs))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, own]) => {
      const refersTo = ['configMap', 'configMapRef', 'configMapKeyRef'].includes(key)
      const { name } = (own ?? {}) as { readonly name?: unknown }
      return refersTo && typeof name === 'string' && configs.has(name)
        ? [key, { ...(own as Fields), name: `${name}-primary` }]
        : [key, renamed(own, configs)]
    }),
  )
}

function copyConfigs(context: Context, canary: Canary, { spec }: Deployment): void {
  const { store } = context
  const namespace = canary.metadata.namespace ?? ''
  for (const name of configNames(context, canary, spec.template)) {
    const { metadata: _, ...data } = store.get('ConfigMap', namespace, name) ?? { metadata: {} }
    const before = store.get('ConfigMap', namespace, `${name}-primary`)
    if (before) store.put('ConfigMap', { ...before, ...data })
    else
      createManifest(context, {
        ...(data as Fields),
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `${name}-primary`, namespace },
      })
  }
}

export function configHashes(context: Context, canary: Canary): Record<string, string> {
  const target = targetOf(context, canary)
  const names = target ? configNames(context, canary, target.spec.template) : []
  return Object.fromEntries(
    names.map((name) => {
      const { metadata: _, ...data } = context.store.get(
        'ConfigMap',
        canary.metadata.namespace ?? '',
        name,
      ) ?? { metadata: {} }
      const hash = createHash('sha256').update(canonicalJson(data)).digest('hex')
      return [`configmap/${name}`, hash.slice(0, 16)]
    }),
  )
}
