import { NoAnswer } from '#executors/aws/failure.ts'
import type { EcsApi } from './api.ts'
import { shortName } from './revision.ts'

/** A copy of a task definition is the version that it is a copy of: whatever is told of it is told of that one, and that one can be deployed by it. */
export function withCopies(api: EcsApi): EcsApi {
  async function originals(arns: readonly (string | undefined)[], signal: AbortSignal) {
    const named = [...new Set(arns)].filter((arn) => arn !== undefined && arn !== '') as string[]
    const pairs = named.map(async (arn) => [arn, await api.originOf(arn, signal)] as const)
    const told = new Map(await Promise.all(pairs))
    return (arn: string): string => told.get(arn) ?? arn
  }

  return {
    ...api,

    async service(target, signal) {
      const found = await api.service(target, signal)
      if (!found) return undefined
      const { taskDefinition, deployments } = found
      const all = [taskDefinition, ...deployments.map((one) => one.taskDefinition)]
      const told = await originals(all, signal)
      return {
        ...found,
        taskDefinition: told(taskDefinition),
        deployments: deployments.map((one) =>
          one.taskDefinition === undefined
            ? one
            : { ...one, taskDefinition: told(one.taskDefinition) },
        ),
      }
    },

    async revisions(arns, signal) {
      const found = await api.revisions(arns, signal)
      const told = await originals(
        found.map(({ taskDefinition }) => taskDefinition),
        signal,
      )
      return found.map((one) => ({ ...one, taskDefinition: told(one.taskDefinition) }))
    },

    async tasks(target, desiredStatus, signal) {
      const found = await api.tasks(target, desiredStatus, signal)
      const told = await originals(
        found.map(({ taskDefinitionArn }) => taskDefinitionArn),
        signal,
      )
      return found.map((one) => ({ ...one, taskDefinitionArn: told(one.taskDefinitionArn) }))
    },

    async definition(arn, signal) {
      const found = await api.definition(arn, signal)
      return found?.status === 'INACTIVE' ? { ...found, mayBeCopied: true } : found
    },

    async activeDefinitions(family, most, signal) {
      const arns = await api.activeDefinitions(family, most, signal)
      return [...new Set(arns.map(await originals(arns, signal)))]
    },

    async deploy(target, definition, signal, isAnew) {
      const isActive = (await api.definition(definition, signal))?.status === 'ACTIVE'
      const copy = isActive ? definition : await api.copyOf(definition, signal)
      if (copy === undefined)
        throw new NoAnswer(`ECS lists no copy of ${shortName(definition)} that can be deployed`)
      await api.deploy(target, copy, signal, isAnew)
    },
  }
}
