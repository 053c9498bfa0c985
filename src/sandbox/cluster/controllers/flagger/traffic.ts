import { createManifest } from '../../manifests.ts'
import type { Canary } from '../../flagger-objects.ts'
import type { Deployment } from '../../objects.ts'
import type { Context } from '../context.ts'
import { primaryLabels } from './primary.ts'

/** The Services by which the copy, the target and whatever serves are reached. */
export function makeServices(context: Context, canary: Canary, target: Deployment): void {
  const own = target.spec.selector.matchLabels ?? {}
  const name = target.metadata.name
  service(context, canary, name, primaryLabels(own))
  service(context, canary, `${name}-primary`, primaryLabels(own))
  service(context, canary, `${name}-canary`, own)
}

function service(
  context: Context,
  { metadata: { namespace = '' }, spec }: Canary,
  name: string,
  selector: Record<string, string>,
): void {
  const before = context.store.get('Service', namespace, name)
  if (before) context.store.put('Service', { ...before, spec: { ...before.spec, selector } })
  else
    createManifest(context, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: { selector, ports: [{ port: spec.service.port }] },
    })
}

export const divides = ({ spec }: Canary): boolean => spec.provider !== 'kubernetes'

/** Percent that the target takes, by what the mesh was told. */
export function routed({ store }: Context, { metadata, spec }: Canary): number {
  const name = spec.targetRef.name
  const found = store.get('VirtualService', metadata.namespace ?? '', name)
  const route = found?.spec.http?.[0]?.route ?? []
  return route.find(({ destination }) => destination.host === `${name}-canary`)?.weight ?? 0
}

export function route(context: Context, canary: Canary, share: number): void {
  if (!divides(canary)) return
  const { namespace = '' } = canary.metadata
  const name = canary.spec.targetRef.name
  const http = [
    {
      route: [
        { destination: { host: `${name}-primary` }, weight: 100 - share },
        { destination: { host: `${name}-canary` }, weight: share },
      ],
    },
  ]
  const before = context.store.get('VirtualService', namespace, name)
  if (before) context.store.put('VirtualService', { ...before, spec: { ...before.spec, http } })
  else
    createManifest(context, {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name, namespace },
      spec: { hosts: [name], http },
    })
}
