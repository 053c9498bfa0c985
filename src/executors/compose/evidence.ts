import type { RevisionId } from '#domain/ids.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Engine } from '#executors/docker/engine.ts'
import type { Container } from '#executors/docker/objects.ts'
import type { Evidence } from '#ports/executor.ts'
import { type ComposeParts, hostOf } from './context.ts'
import type { ComposeTarget } from './schema.ts'
import { nameIn } from './seen.ts'

/** Enough to see what went wrong; more would only take time on the way to the rollback. */
const mostContainers = 5
const mostLines = 200

/** What the containers of `bad` say, scrubbed; with the change Compose removes them and their logs. Never throws: what cannot be had is said in its place. */
export async function evidence(
  parts: ComposeParts,
  { spec }: Checked<ComposeTarget>,
  bad: RevisionId,
  signal: AbortSignal,
): Promise<readonly Evidence[]> {
  const { scrub } = parts
  const found = await collected(hostOf(parts, spec).engine, spec, bad, signal).catch(
    (error: unknown) => [missing(spec.service, 'status', error)],
  )
  return found.map((item) => ({ ...item, name: scrub(item.name), text: scrub(item.text) }))
}

async function collected(
  engine: Engine,
  { project, service }: ComposeTarget,
  bad: RevisionId,
  signal: AbortSignal,
): Promise<readonly Evidence[]> {
  const containers = (await engine.containers(project, service, signal))
    .filter(({ Image }) => Image === bad)
    .slice(0, mostContainers)
  const logs = await Promise.all(
    containers.map(async (one): Promise<Evidence> => {
      const name = nameIn(one)
      return engine.logs(one, mostLines, signal).then(
        (text) => ({ name, kind: 'logs', text }),
        (error: unknown) => missing(name, 'logs', error),
      )
    }),
  )
  return [...containers.map(statusOf), ...logs]
}

const statusOf = (container: Container): Evidence => {
  const { State, RestartCount } = container
  const checks = (State.Health?.Log ?? []).map(
    ({ ExitCode, Output }) => `health check ended with ${ExitCode}: ${Output.trim()}`,
  )
  return {
    name: nameIn(container),
    kind: 'status',
    text: [
      `${State.Status}${State.Health ? `, ${State.Health.Status}` : ''}, started ${State.StartedAt}, ${RestartCount} restarts`,
      ...(State.Running ? [] : [`ended with ${State.ExitCode} at ${State.FinishedAt}`]),
      ...(State.Error === '' ? [] : [State.Error]),
      ...checks,
    ].join('\n'),
  }
}

const missing = (name: string, kind: Evidence['kind'], error: unknown): Evidence => ({
  name,
  kind,
  text: `not captured: ${error instanceof Error ? error.message : String(error)}`,
})
