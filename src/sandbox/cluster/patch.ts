import { isSameJson } from '#domain/json.ts'
import { badRequest, patchRejected } from './api-error.ts'
import { asFields, isFields } from './fields.ts'
import type { Fields } from './objects.ts'

/** RFC 6902. Any operation that does not apply, a `test` included, is the same uninformative 422. */
export function jsonPatch(document: Fields, patch: unknown): Fields {
  if (!Array.isArray(patch))
    throw badRequest(
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    )
  const root: Fields = { '': structuredClone(document) }
  for (const operation of patch) apply(root, operation)
  const result = root['']
  if (!isFields(result)) throw patchRejected()
  return result
}

function apply(root: Fields, operation: unknown): void {
  if (!isFields(operation)) throw badRequest('error decoding patch: invalid operation')
  const path = pointer(operation['path'])
  switch (operation['op']) {
    case 'add':
      return write(root, path, operation['value'], true)
    case 'replace':
      // The library that the API server patches with takes a missing member for one that it may add.
      if (path.length === 1 || Array.isArray(read(root, path.slice(0, -1)))) read(root, path)
      return write(root, path, operation['value'], false)
    case 'remove':
      return remove(root, path)
    case 'test':
      if (!isSameJson(read(root, path), operation['value'])) throw patchRejected()
      return
    case 'copy':
      return write(root, path, structuredClone(read(root, pointer(operation['from']))), true)
    case 'move': {
      const from = pointer(operation['from'])
      const value = read(root, from)
      remove(root, from)
      return write(root, path, value, true)
    }
    default:
      throw patchRejected()
  }
}

function pointer(path: unknown): string[] {
  if (typeof path !== 'string' || (path !== '' && !path.startsWith('/'))) throw patchRejected()
  return path.split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function read(root: Fields, path: readonly string[]): unknown {
  let at: unknown = root
  for (const part of path) {
    if (Array.isArray(at)) at = at[position(part, at.length - 1)]
    else if (isFields(at) && Object.hasOwn(at, part)) at = at[part]
    else throw patchRejected()
  }
  return at
}

function write(root: Fields, path: readonly string[], value: unknown, insert: boolean): void {
  const holder = read(root, path.slice(0, -1))
  const last = path.at(-1) ?? ''
  if (Array.isArray(holder)) {
    const index = last === '-' ? holder.length : position(last, holder.length)
    holder.splice(index, insert ? 0 : 1, value)
  } else if (isFields(holder)) holder[last] = value
  else throw patchRejected()
}

function remove(root: Fields, path: readonly string[]): void {
  read(root, path)
  const holder = read(root, path.slice(0, -1))
  const last = path.at(-1) ?? ''
  if (Array.isArray(holder)) holder.splice(position(last, holder.length - 1), 1)
  else if (isFields(holder)) delete holder[last]
}

function position(text: string, highest: number): number {
  if (!/^(0|[1-9]\d*)$/.test(text) || Number(text) > highest) throw patchRejected()
  return Number(text)
}

/** RFC 7386. */
export function mergePatch(document: Fields, patch: unknown): Fields {
  if (!isFields(patch)) throw badRequest('error decoding patch: the body is not an object')
  const merged = { ...document }
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name]
    else if (isFields(value)) merged[name] = mergePatch(asFields(merged[name]), value)
    else merged[name] = value
  }
  return merged
}

/** Lists that Kubernetes merges by a key instead of replacing them. */
const mergeKeys: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  env: 'name',
  volumes: 'name',
  imagePullSecrets: 'name',
  volumeMounts: 'mountPath',
  ports: 'containerPort',
  conditions: 'type',
  ownerReferences: 'uid',
  hostAliases: 'ip',
}

/** Kubernetes' strategic merge, with `$patch: replace`, `$patch: delete` and lists merged by key. */
export function strategicMergePatch(document: Fields, patch: unknown): Fields {
  if (!isFields(patch)) throw badRequest('error decoding patch: the body is not an object')
  const { $patch: directive, ...rest } = patch
  if (directive === 'replace') return rest
  if (directive === 'delete') return {}
  const merged = { ...document }
  for (const [name, value] of Object.entries(rest)) {
    const before = merged[name]
    const key = mergeKeys[name]
    if (value === null) delete merged[name]
    else if (isFields(value)) merged[name] = strategicMergePatch(asFields(before), value)
    else if (Array.isArray(value) && key !== undefined && value.every(isFields))
      merged[name] = mergeList(Array.isArray(before) ? before : [], value, key)
    else merged[name] = value
  }
  return merged
}

function mergeList(before: readonly unknown[], patch: readonly Fields[], key: string): unknown[] {
  if (patch.some((item) => item['$patch'] === 'replace'))
    return patch.filter((item) => item['$patch'] === undefined)
  const merged = before.map(asFields)
  for (const item of patch) {
    const index = merged.findIndex((one) => one[key] === item[key])
    if (item['$patch'] === 'delete') {
      if (index >= 0) merged.splice(index, 1)
    } else if (index < 0) merged.push(item)
    else merged[index] = strategicMergePatch(merged[index] ?? {}, item)
  }
  return merged
}
