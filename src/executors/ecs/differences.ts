import { isSameJson } from '#domain/json.ts'
import type { Difference } from '#domain/rollback/plan.ts'
import type { Image } from '#domain/rollback/revision.ts'
import type { Container, TaskDefinition } from './objects.ts'

interface Side {
  readonly definition: TaskDefinition
  readonly images: readonly Image[]
}

/** What going from one task definition to the other changes. Of environment variables only the names are said, never a value. */
export function differencesBetween(from: Side, to: Side): readonly Difference[] {
  const names = namesIn(from.definition.containerDefinitions, to.definition.containerDefinitions)
  return [
    ...names.flatMap((name) => containerDifferences(name, from, to)),
    ...settings.flatMap((field) =>
      changed(
        field === 'cpu' || field === 'memory' ? 'resources' : 'other',
        `task ${field}`,
        textOf(from.definition[field]),
        textOf(to.definition[field]),
      ),
    ),
    ...presence('config', 'volumes', from.definition['volumes'], to.definition['volumes']),
  ]
}

const settings = ['cpu', 'memory', 'networkMode', 'taskRoleArn', 'executionRoleArn'] as const

function containerDifferences(name: string, from: Side, to: Side): readonly Difference[] {
  const [before, after] = [from, to].map(({ definition }) =>
    definition.containerDefinitions.find((one) => one.name === name),
  )
  const image = changed('image', name, imageText(before, from), imageText(after, to))
  if (!before || !after) return image
  return [
    ...image,
    ...variables('env', name, before.environment, after.environment),
    ...variables('config', `${name} secret`, before.secrets, after.secrets),
    ...['cpu', 'memory', 'memoryReservation'].flatMap((field) =>
      changed('resources', `${name} ${field}`, textOf(before[field]), textOf(after[field])),
    ),
    ...presence('probe', `${name} healthCheck`, before['healthCheck'], after['healthCheck']),
    ...['command', 'entryPoint'].flatMap((field) =>
      presence('command', `${name} ${field}`, before[field], after[field]),
    ),
    ...presence('other', `${name} settings`, rest(before), rest(after)),
  ]
}

const named = new Set([
  'name',
  'image',
  'environment',
  'secrets',
  'cpu',
  'memory',
  'memoryReservation',
  'healthCheck',
  'command',
  'entryPoint',
])
const rest = (container: Container) =>
  Object.fromEntries(Object.entries(container).filter(([key]) => !named.has(key)))

function imageText(container: Container | undefined, { images }: Side): string | undefined {
  if (!container) return undefined
  const digest = images.find((image) => image.container === container.name)?.digest
  return digest && !container.image.includes('@') ? `${container.image}@${digest}` : container.image
}

function variables(
  what: 'env' | 'config',
  where: string,
  before: readonly { readonly name: string }[],
  after: readonly { readonly name: string }[],
): readonly Difference[] {
  return namesIn(before, after).flatMap((name) =>
    presence(
      what,
      `${where} ${name}`,
      before.find((one) => one.name === name),
      after.find((one) => one.name === name),
    ),
  )
}

/** That it differs; what it is may be secret. */
function presence(
  what: Difference['what'],
  where: string,
  before: unknown,
  after: unknown,
): readonly Difference[] {
  if (isSameJson(before, after)) return []
  const state = (mine: unknown, other: unknown) =>
    mine === undefined ? undefined : other === undefined ? 'set' : 'changed'
  return [{ what, where, from: state(before, after), to: state(after, before) }]
}

const changed = (
  what: Difference['what'],
  where: string,
  from: string | undefined,
  to: string | undefined,
): readonly Difference[] => (from === to ? [] : [{ what, where, from, to }])

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined

const namesIn = (
  ...lists: readonly (readonly { readonly name: string }[])[]
): readonly string[] => [...new Set(lists.flatMap((list) => list.map(({ name }) => name)))]
