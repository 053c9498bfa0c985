import { createHash } from 'node:crypto'
import { canonicalJson, isSameJson } from '#domain/json.ts'
import type { PodTemplate } from './objects.ts'

const hashLabel = 'pod-template-hash'

/** Letters that cannot spell a word, as Kubernetes' own hashes are written. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** The same for the same content; `salt` counts collisions. */
export function templateHash(template: unknown, salt = 0): string {
  const bytes = createHash('sha256')
    .update(`${canonicalJson(template)}${salt || ''}`)
    .digest()
  return [...bytes.subarray(0, 10)].map((byte) => alphabet[byte % alphabet.length]).join('')
}

export function withoutHashLabel(template: PodTemplate): PodTemplate {
  const labels = { ...template.metadata?.labels }
  delete labels[hashLabel]
  return { ...template, metadata: { ...template.metadata, labels } }
}

export function withHashLabel(template: PodTemplate, hash: string): PodTemplate {
  return {
    ...template,
    metadata: {
      ...template.metadata,
      labels: { ...template.metadata?.labels, [hashLabel]: hash },
    },
  }
}

export const isSameTemplate = (a: PodTemplate, b: PodTemplate): boolean =>
  isSameJson(withoutHashLabel(a), withoutHashLabel(b))
