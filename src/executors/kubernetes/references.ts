import type { Json } from '#domain/json.ts'
import { containersOf, initContainersOf, listIn, objectIn, textIn } from './revision.ts'
import type { RawObject } from './schema.ts'

/** `ConfigMap checkout-settings`, `Secret checkout-db`: everything a pod of this template reads. */
export function configReferences(template: RawObject): ReadonlySet<string> {
  const found = new Set<string>()
  const add = (kind: string, name: Json | undefined) => {
    if (textIn(name)) found.add(`${kind} ${textIn(name)}`)
  }
  const spec = objectIn(template['spec'])
  for (const volume of listIn(spec['volumes']).map(objectIn)) {
    const sources = [volume, ...listIn(objectIn(volume['projected'])['sources']).map(objectIn)]
    for (const source of sources) {
      add('ConfigMap', objectIn(source['configMap'])['name'])
      add('Secret', objectIn(source['secret'])['secretName'] ?? objectIn(source['secret'])['name'])
    }
  }
  for (const { raw } of [...containersOf(template), ...initContainersOf(template)]) {
    for (const source of listIn(raw['envFrom']).map(objectIn)) {
      add('ConfigMap', objectIn(source['configMapRef'])['name'])
      add('Secret', objectIn(source['secretRef'])['name'])
    }
    for (const entry of listIn(raw['env']).map(objectIn)) {
      const source = objectIn(entry['valueFrom'])
      add('ConfigMap', objectIn(source['configMapKeyRef'])['name'])
      add('Secret', objectIn(source['secretKeyRef'])['name'])
    }
  }
  return found
}
