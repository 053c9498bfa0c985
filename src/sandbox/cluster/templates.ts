import { isSameJson } from '#domain/json.ts'
import { asFields } from './fields.ts'
import type { Fields } from './objects.ts'

export const templateOf = (workload: Fields): Fields =>
  asFields(asFields(workload['spec'])['template'])

/** A restart makes no other version. */
export const isSame = (one: Fields, other: Fields): boolean => isSameJson(shown(one), shown(other))

function shown(template: Fields): Fields {
  const { annotations, labels } = asFields(template['metadata'])
  const { 'kubectl.kubernetes.io/restartedAt': _restart, ...marks } = asFields(annotations)
  return { spec: template['spec'] ?? null, labels: asFields(labels), marks }
}
