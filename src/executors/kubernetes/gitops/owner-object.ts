import type { Metadata } from '../objects.ts'
import type { Owner } from '../schema.ts'

const groups = {
  application: 'argoproj.io/v1alpha1',
  helmrelease: 'helm.toolkit.fluxcd.io/v2',
} as const

export const ownerPath = ({ kind, namespace, name }: Omit<Owner, 'uid'>): string =>
  `/apis/${groups[kind]}/namespaces/${encodeURIComponent(namespace)}/${kind}s/${encodeURIComponent(name)}`

/** Written where we paused: who did, and what puts it back by hand. */
export const pausedAnnotation = 'countermand.dev/sync-paused'
/** What Flux leaves alone (kustomize-controller, ApplyOptions.ExclusionSelector: also on the object in the cluster). */
export const fluxAnnotation = 'kustomize.toolkit.fluxcd.io/reconcile'

export const isSyncPaused = ({ annotations }: Metadata): boolean =>
  annotations?.[pausedAnnotation] !== undefined
export const isLeftAloneByFlux = ({ annotations }: Metadata): boolean =>
  annotations?.[fluxAnnotation]?.toLowerCase() === 'disabled'
