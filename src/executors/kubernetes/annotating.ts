import type { PatchOperation } from './api.ts'
import type { Metadata } from './objects.ts'

/** Adds annotations, whether or not there are any yet; those of others stay as they are. */
export const annotating = (
  { annotations }: Metadata,
  own: Readonly<Record<string, string>>,
): readonly PatchOperation[] =>
  annotations
    ? Object.entries(own).map(([key, value]) => ({ op: 'add', path: annotationPath(key), value }))
    : [{ op: 'add', path: '/metadata/annotations', value: own }]

export const annotationPath = (key: string): string =>
  `/metadata/annotations/${key.replace('/', '~1')}`
