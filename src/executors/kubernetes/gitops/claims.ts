import type { Metadata } from '../objects.ts'

/** Who a workload's own metadata says brings it what Git has. */
export type Claim =
  | {
      readonly by: 'argo-cd'
      readonly application: string
      /** Where it is told; else that of Argo CD itself. */
      readonly namespace: string | undefined
      /** A label that every Helm chart writes says nothing until an Application is found that lists the workload. */
      readonly isCertain: boolean
    }
  | { readonly by: 'flux'; readonly name: string; readonly namespace: string }
  | { readonly by: 'flux-helm'; readonly name: string; readonly namespace: string }

/** An object in its cluster; its kind in small letters. */
interface Named {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

const trackingId = 'argocd.argoproj.io/tracking-id'
const argoLabels = ['argocd.argoproj.io/instance', 'app.kubernetes.io/instance'] as const

/** What the tools themselves write: Argo CD util/argo/resource_tracking.go, Flux kustomize-controller and helm-controller (origin labels). */
export function claimsOf(object: Named, metadata: Metadata): readonly Claim[] {
  const { labels } = metadata
  const flux = (group: string) => {
    const name = labels?.[`${group}/name`]
    return name ? [{ name, namespace: labels?.[`${group}/namespace`] ?? object.namespace }] : []
  }
  return [
    ...argoClaims(object, metadata),
    ...flux('kustomize.toolkit.fluxcd.io').map((one) => ({ by: 'flux', ...one }) as const),
    ...flux('helm.toolkit.fluxcd.io').map((one) => ({ by: 'flux-helm', ...one }) as const),
  ]
}

function argoClaims(object: Named, { labels, annotations }: Metadata): readonly Claim[] {
  const tracked = tracking(annotations?.[trackingId])
  // Where the annotation is written, the label is for others to read.
  if (tracked) return isOf(object, tracked) ? [certain(tracked.application)] : []
  return argoLabels
    .flatMap((key) => (labels?.[key] ? [{ key, value: labels[key] }] : []))
    .slice(0, 1)
    .map(({ key, value }) => ({ ...certain(value), isCertain: key === argoLabels[0] }))
}

/** An Application outside of Argo CD's own namespace is written `namespace_name`. */
function certain(text: string): Extract<Claim, { by: 'argo-cd' }> {
  const [name = '', inNamespace] = text.split('_').toReversed()
  return { by: 'argo-cd', application: name, namespace: inNamespace, isCertain: true }
}

/** `application:group/Kind:namespace/name`. */
function tracking(text: string | undefined) {
  const [application, kind, object] = text?.split(':') ?? []
  return application && kind && object ? { application, kind, object } : undefined
}

/** A copy carries the annotation of the object it was made from, and is nobody's. */
const isOf = (
  { kind, namespace, name }: Named,
  tracked: { readonly kind: string; readonly object: string },
): boolean =>
  tracked.kind.split('/').at(-1)?.toLowerCase() === kind &&
  tracked.object === `${namespace}/${name}`
