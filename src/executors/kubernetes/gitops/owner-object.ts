import type { Metadata } from '../objects.ts'
import type { Owner } from '../schema.ts'

const groups = {
  application: 'argoproj.io/v1alpha1',
  helmrelease: 'helm.toolkit.fluxcd.io/v2',
  kustomization: 'kustomize.toolkit.fluxcd.io/v1',
} as const

/** An object of a tool that brings what Git has; a Kustomization is only looked at. */
export type OwnerPlace = Omit<Owner, 'uid' | 'kind'> & { readonly kind: keyof typeof groups }

export const ownerPath = ({ kind, namespace, name }: Omit<OwnerPlace, 'cluster'>): string =>
  `/apis/${groups[kind]}/namespaces/${encodeURIComponent(namespace)}/${kind}s/${encodeURIComponent(name)}`

/** Written where we paused: who did, and what puts it back by hand. */
export const pausedAnnotation = 'countermand.dev/sync-paused'
/** What Flux leaves alone (kustomize-controller, ApplyOptions.ExclusionSelector: also on the object in the cluster). */
export const fluxAnnotation = 'kustomize.toolkit.fluxcd.io/reconcile'

export const isSyncPaused = ({ annotations }: Metadata): boolean =>
  annotations?.[pausedAnnotation] !== undefined
export const isLeftAloneByFlux = ({ annotations }: Metadata): boolean =>
  annotations?.[fluxAnnotation]?.toLowerCase() === 'disabled'
