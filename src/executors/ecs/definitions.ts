import { isFault } from '#executors/aws/failure.ts'
import type { AskedOfEcs } from './api.ts'
import { TaskDefinition } from './objects.ts'
import { familyOf, shortName } from './revision.ts'

/** On a copy: the full ARN of what it is a copy of. */
export const copyTag = 'countermand:copy-of'

/** A copy is registered when it is to be deployed, so it is among the newest of its family; one that is not is made once more. */
const mostLooked = 20
/** Of one task definition (documented limit). */
const mostTags = 50

/** Task definitions in one region. */
export function definitionsApi(asked: AskedOfEcs, beforeChange: (() => void) | undefined) {
  /** By ARN: whose copy it is, itself where it is none. A task definition never changes. */
  const origins = new Map<string, string>()
  /** By the ARN of what was copied: a list may lack the newest. */
  const made = new Map<string, string>()

  const described = (arn: string, signal: AbortSignal, isWithTags: boolean) =>
    asked('DescribeTaskDefinition', arn, signal, (sdk, abortSignal) =>
      sdk.reads.send(
        new sdk.DescribeTaskDefinitionCommand({
          taskDefinition: arn,
          ...(isWithTags ? { include: ['TAGS'] } : {}),
        }),
        { abortSignal },
      ),
    ).catch((error: unknown) => {
      if (isFault(error, 'ClientException')) return undefined
      throw error
    })

  /** `undefined` where it was deleted. */
  async function definition(arn: string, signal: AbortSignal): Promise<TaskDefinition | undefined> {
    const found = (await described(arn, signal, false))?.taskDefinition
    return found && TaskDefinition.parse(found)
  }

  /** Those that can be deployed, the newest first. */
  async function activeDefinitions(family: string, most: number, signal: AbortSignal) {
    const { taskDefinitionArns } = await asked(
      'ListTaskDefinitions',
      family,
      signal,
      (sdk, abortSignal) =>
        sdk.reads.send(
          new sdk.ListTaskDefinitionsCommand({
            familyPrefix: family,
            status: 'ACTIVE',
            sort: 'DESC',
            maxResults: most,
          }),
          { abortSignal },
        ),
    )
    return taskDefinitionArns ?? []
  }

  /** What a definition is a copy of, by its tag, where both start the same images; itself where it is none. */
  async function originOf(arn: string, signal: AbortSignal): Promise<string> {
    const known = origins.get(arn)
    if (known !== undefined) return known
    const { taskDefinition, tags = [] } = (await described(arn, signal, true)) ?? {}
    const said = tags.find(({ key }) => key === copyTag)?.value
    const before = said === undefined ? undefined : await definition(said, signal)
    const own = taskDefinition && TaskDefinition.parse(taskDefinition)
    const isCopy = said !== undefined && (!before || (own && imagesIn(own) === imagesIn(before)))
    const origin = isCopy ? said : arn
    origins.set(arn, origin)
    return origin
  }

  return {
    definition,
    activeDefinitions,
    originOf,

    /** A copy of `origin` that can be deployed. */
    async copyOf(origin: string, signal: AbortSignal): Promise<string | undefined> {
      const own = made.get(origin)
      if (own !== undefined && (await definition(own, signal))?.status === 'ACTIVE') return own
      const arns = await activeDefinitions(familyOf(origin), mostLooked, signal)
      const found = await Promise.all(
        arns.map(async (arn) => ({ arn, of: await originOf(arn, signal) })),
      )
      return found.find(({ arn, of }) => of === origin && arn !== origin)?.arn
    },

    /** Registers what ECS still tells of a definition once more, with its tags and one that names it. Not safe to repeat: look for a copy first. */
    async registerCopy(origin: string, signal: AbortSignal): Promise<void> {
      const { taskDefinition, tags = [] } = (await described(origin, signal, true)) ?? {}
      if (!taskDefinition) throw new Error(`ECS no longer tells of ${shortName(origin)}`)
      const {
        taskDefinitionArn: _arn,
        revision: _revision,
        status: _status,
        requiresAttributes: _attributes,
        compatibilities: _compatibilities,
        registeredAt: _at,
        registeredBy: _by,
        deregisteredAt: _deregistered,
        deleteRequestedAt: _deleted,
        family = familyOf(origin),
        containerDefinitions = [],
        ...rest
      } = taskDefinition
      const kept = tags.filter(({ key }) => key !== copyTag && !key?.startsWith('aws:'))
      beforeChange?.()
      const answer = await asked(
        'RegisterTaskDefinition',
        `a copy of ${shortName(origin)}`,
        signal,
        (sdk, abortSignal) =>
          sdk.writes.send(
            new sdk.RegisterTaskDefinitionCommand({
              ...rest,
              family,
              containerDefinitions,
              tags: [...kept.slice(0, mostTags - 1), { key: copyTag, value: origin }],
            }),
            { abortSignal },
          ),
      )
      const arn = answer.taskDefinition?.taskDefinitionArn
      if (arn === undefined) return
      origins.set(arn, origin)
      made.set(origin, arn)
    },
  }
}

const imagesIn = ({ containerDefinitions }: TaskDefinition): string =>
  containerDefinitions
    .map(({ name, image }) => `${name}=${image}`)
    .toSorted((one, other) => one.localeCompare(other))
    .join(' ')
