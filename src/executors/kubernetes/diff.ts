import { schemaMark } from '#domain/rollback/schema-range.ts'
import { isSameJson, type Json } from '#domain/json.ts'
import type { Difference } from '#domain/rollback/plan.ts'
import type { Image } from '#domain/rollback/revision.ts'
import {
  type Container,
  containersOf,
  initContainersOf,
  listIn,
  objectIn,
  textIn,
} from './revision.ts'
import { configReferences } from './references.ts'
import type { RawObject } from './schema.ts'

interface Side {
  readonly template: RawObject
  readonly images: readonly Image[]
}

/** What going from one template to the other changes. Of environment variables only the names are said, never a value. */
export function differencesBetween(from: Side, to: Side): readonly Difference[] {
  const pairs = pairedBy(
    [...containersOf(from.template), ...initContainersOf(from.template)],
    [...containersOf(to.template), ...initContainersOf(to.template)],
    ({ name }) => name,
  )
  return [
    ...pairs.flatMap(([name, before, after]) =>
      containerDifferences(name, before, after, from, to),
    ),
    ...referenceDifferences(from.template, to.template),
    ...otherDifferences(from.template, to.template),
  ]
}

function containerDifferences(
  name: string,
  before: Container | undefined,
  after: Container | undefined,
  from: Side,
  to: Side,
): readonly Difference[] {
  const image = changed('image', name, imageText(before, from), imageText(after, to))
  if (!before || !after) return image
  return [
    ...image,
    ...envDifferences(name, before.raw, after.raw),
    ...resourceDifferences(name, before.raw, after.raw),
    ...probes.flatMap((probe) =>
      presence('probe', `${name} ${probe}`, before.raw[probe], after.raw[probe]),
    ),
    ...['command', 'args'].flatMap((field) =>
      presence('command', `${name} ${field}`, before.raw[field], after.raw[field]),
    ),
    ...presence('config', `${name} mounts`, before.raw['volumeMounts'], after.raw['volumeMounts']),
    ...presence('other', `${name} settings`, rest(before.raw), rest(after.raw)),
  ]
}

const probes = ['readinessProbe', 'livenessProbe', 'startupProbe']
const compared = ['name', 'image', 'env', 'envFrom', 'resources', 'command', 'args', 'volumeMounts']
const named = new Set([...probes, ...compared])
const rest = (raw: RawObject): RawObject =>
  Object.fromEntries(Object.entries(raw).filter(([key]) => !named.has(key)))

function imageText(container: Container | undefined, side: Side): string | undefined {
  if (!container) return undefined
  const digest = side.images.find((image) => image.container === container.name)?.digest
  return digest && !container.image.includes('@') ? `${container.image}@${digest}` : container.image
}

function envDifferences(where: string, before: RawObject, after: RawObject): readonly Difference[] {
  const pairs = pairedBy(listIn(before['env']), listIn(after['env']), (entry) =>
    textIn(objectIn(entry)['name']),
  )
  return pairs.flatMap(([key, old, fresh]) => {
    if (same(old, fresh)) return []
    const state = (mine: unknown, other: unknown) =>
      mine === undefined ? undefined : other === undefined ? 'set' : 'changed'
    return [
      {
        what: 'env' as const,
        where: `${where} ${key}`,
        from: state(old, fresh),
        to: state(fresh, old),
      },
    ]
  })
}

function resourceDifferences(
  where: string,
  before: RawObject,
  after: RawObject,
): readonly Difference[] {
  return ['requests', 'limits'].flatMap((kind) => {
    const old = objectIn(objectIn(before['resources'])[kind])
    const fresh = objectIn(objectIn(after['resources'])[kind])
    return [...new Set([...Object.keys(old), ...Object.keys(fresh)])].flatMap((resource) =>
      changed(
        'resources',
        `${where} ${resource} ${kind === 'limits' ? 'limit' : 'request'}`,
        quantity(old[resource]),
        quantity(fresh[resource]),
      ),
    )
  })
}
const quantity = (value: Json | undefined): string | undefined =>
  value === undefined || typeof value === 'object' ? undefined : String(value)

/** ConfigMaps and Secrets by name: their contents are not versioned with the template. */
function referenceDifferences(from: RawObject, to: RawObject): readonly Difference[] {
  const before = configReferences(from)
  const after = configReferences(to)
  const all = [...new Set([...before, ...after])].toSorted()
  return all.flatMap((reference) =>
    changed(
      'config',
      'references',
      before.has(reference) ? reference : undefined,
      after.has(reference) ? reference : undefined,
    ),
  )
}

function otherDifferences(from: RawObject, to: RawObject): readonly Difference[] {
  const before = objectIn(from['spec'])
  const after = objectIn(to['spec'])
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted()
  return [
    ...fields
      .filter((field) => field !== 'containers' && field !== 'initContainers')
      .flatMap((field) =>
        presence(
          field === 'volumes' ? 'config' : 'other',
          field === 'volumes' ? 'volumes' : `pod ${field}`,
          before[field],
          after[field],
        ),
      ),
    ...changed('other', 'runs on schema', markIn(from), markIn(to)),
    ...presence('other', 'pod labels and annotations', unmarked(from), unmarked(to)),
  ]
}

/** What a version says of the schema it runs on is no secret, and is what decides. */
const markIn = ({ metadata }: RawObject): string | undefined =>
  textIn(objectIn(objectIn(metadata)['annotations'])[schemaMark]) || undefined

function unmarked({ metadata }: RawObject): Json | undefined {
  const { annotations, ...others } = objectIn(metadata)
  const { [schemaMark]: mark, ...rest } = objectIn(annotations)
  if (mark === undefined) return metadata
  return Object.keys(rest).length > 0 ? { ...others, annotations: rest } : others
}

/** Says that something is there, or is another one; what is in it may be secret or is too long for a line. */
function presence(
  what: Difference['what'],
  where: string,
  from: Json | undefined,
  to: Json | undefined,
): readonly Difference[] {
  if (same(from, to)) return []
  const state = (mine: unknown, other: unknown) =>
    mine === undefined ? undefined : other === undefined ? 'set' : 'changed'
  return [{ what, where, from: state(from, to), to: state(to, from) }]
}

function changed(
  what: Difference['what'],
  where: string,
  from: string | undefined,
  to: string | undefined,
): readonly Difference[] {
  return from === to ? [] : [{ what, where, from, to }]
}

const same = (one: unknown, other: unknown): boolean =>
  one === other || (one !== undefined && other !== undefined && isSameJson(one, other))

function pairedBy<Item>(
  before: readonly Item[],
  after: readonly Item[],
  nameOf: (item: Item) => string,
): readonly (readonly [string, Item | undefined, Item | undefined])[] {
  const names = [...new Set([...before, ...after].map(nameOf))]
  return names.map((name) => [
    name,
    before.find((item) => nameOf(item) === name),
    after.find((item) => nameOf(item) === name),
  ])
}
