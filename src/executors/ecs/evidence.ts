import type { RevisionId } from '#domain/ids.ts'
import { isoMicros } from '#domain/time.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Evidence } from '#ports/executor.ts'
import type { EcsApi } from './api.ts'
import { apiOf, type EcsParts } from './context.ts'
import type { EcsService, EcsTask } from './objects.ts'
import { revisionOf } from './revision.ts'
import type { EcsTarget } from './schema.ts'
import { type Seen, see } from './seen.ts'

/** Enough to see what went wrong; more would only take time on the way to the rollback. */
const mostTasks = 5
const mostEvents = 20

/** What the tasks of `bad` leave behind, scrubbed. Never throws: what cannot be had is said in its place. */
export async function evidence(
  parts: EcsParts,
  { spec }: Checked<EcsTarget>,
  bad: RevisionId,
  signal: AbortSignal,
): Promise<readonly Evidence[]> {
  return scrubbed(parts, spec, collected(apiOf(parts, spec), spec, bad, signal))
}

export async function scrubbed(
  { scrub }: Pick<EcsParts, 'scrub'>,
  { service }: EcsTarget,
  asked: Promise<readonly Evidence[]>,
): Promise<readonly Evidence[]> {
  const found = await asked.catch((error: unknown) => [missing(service, 'status', error)])
  return found.map((item) => ({ ...item, name: scrub(item.name), text: scrub(item.text) }))
}

async function collected(
  api: EcsApi,
  target: EcsTarget,
  bad: RevisionId,
  signal: AbortSignal,
): Promise<readonly Evidence[]> {
  const seen = await see(api, target, signal)
  if (!seen) return []
  const [stopped, logs] = await Promise.all([
    stoppedTasks(api, target, bad, signal),
    whereLogsAre(api, definitionsIn(seen), bad, signal),
  ])
  return [deploymentOf(seen, target), eventsOf(seen.service, target), ...stopped, ...logs]
}

const deploymentOf = ({ newest, service }: Seen, target: EcsTarget): Evidence => ({
  name: target.service,
  kind: 'status',
  text: JSON.stringify(
    { deployment: newest ?? null, deployments: service.deployments },
    undefined,
    2,
  ),
})

const definitionsIn = ({ asked, revisions }: Seen): readonly string[] => [
  asked,
  ...[...revisions.values()].map(({ taskDefinition }) => taskDefinition),
]

export const eventsOf = ({ events }: EcsService, target: EcsTarget): Evidence => ({
  name: target.service,
  kind: 'events',
  text: events
    .slice(0, mostEvents)
    .map(({ createdAt, message }) =>
      [createdAt === undefined ? '' : isoMicros(createdAt), message].join('  '),
    )
    .toReversed()
    .join('\n'),
})

export async function stoppedTasks(
  api: EcsApi,
  target: EcsTarget,
  bad: RevisionId,
  signal: AbortSignal,
): Promise<readonly Evidence[]> {
  try {
    const tasks = await api.tasks(target, 'STOPPED', signal)
    return tasks
      .filter(
        ({ taskDefinitionArn, stopCode }) =>
          revisionOf(taskDefinitionArn) === bad && stopCode !== 'UserInitiated',
      )
      .toSorted((a, b) => (b.stoppedAt ?? 0) - (a.stoppedAt ?? 0))
      .slice(0, mostTasks)
      .map(asEvidence)
  } catch (error) {
    return [missing('stopped tasks', 'status', error)]
  }
}

const asEvidence = ({ taskArn, stopCode, stoppedReason, containers }: EcsTask): Evidence => ({
  name: `task ${taskArn.split('/').at(-1)}`,
  kind: 'status',
  text: [
    [stopCode, stoppedReason].filter(Boolean).join(': '),
    ...containers.map(({ name, image, exitCode, reason }) =>
      [
        `${name} (${image})`,
        ...(exitCode === undefined ? [] : [`ended with ${exitCode}`]),
        ...(reason === undefined ? [] : [reason]),
      ].join(', '),
    ),
  ].join('\n'),
})

/** ECS holds no logs; where they are is worth knowing at night. */
export async function whereLogsAre(
  api: EcsApi,
  definitions: readonly string[],
  bad: RevisionId,
  signal: AbortSignal,
): Promise<readonly Evidence[]> {
  const definition = definitions.find((one) => revisionOf(one) === bad)
  try {
    const found = definition === undefined ? undefined : await api.definition(definition, signal)
    return (found?.containerDefinitions ?? []).flatMap(({ name, logConfiguration }) => {
      const group = logConfiguration?.options['awslogs-group']
      return group === undefined
        ? []
        : [
            {
              name,
              kind: 'logs' as const,
              text: `not captured: they are in CloudWatch Logs, group ${group}`,
            },
          ]
    })
  } catch (error) {
    return [missing('logs', 'logs', error)]
  }
}

const missing = (name: string, kind: Evidence['kind'], error: unknown): Evidence => ({
  name,
  kind,
  text: `not captured: ${error instanceof Error ? error.message : String(error)}`,
})
