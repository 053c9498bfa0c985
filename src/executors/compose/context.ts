import type { ComposeCommand } from '#executors/docker/compose-command.ts'
import type { Engine } from '#executors/docker/engine.ts'
import type { Revisions } from '#ports/store.ts'
import type { ComposeTarget } from './schema.ts'

/** A machine, or several behind one name, whose containers Docker runs. */
export interface DockerHost {
  readonly engine: Engine
  readonly compose: ComposeCommand
}

/** What the executor works with; handed in by the wiring. */
export interface ComposeParts {
  readonly hosts: ReadonlyMap<string, DockerHost>
  readonly revisions: Revisions
  /** A revision that was current at least this long counts as having served (policy). */
  readonly servedLongMicros: number
  /** Takes secrets out of a text before it leaves this executor. */
  readonly scrub: (text: string) => string
  /** Between two looks at containers that start. */
  readonly lookEveryMs?: number
  /** Before another attempt at a change; longer each time. */
  readonly retryMs?: number
}

/** Throws when the configuration names no such host, which its check does not let happen. */
export function hostOf({ hosts }: ComposeParts, { docker }: ComposeTarget): DockerHost {
  const host = hosts.get(docker)
  if (!host) throw new Error(`no Docker ${docker} is configured`)
  return host
}

export const nameOf = ({ project, service, docker }: ComposeTarget): string =>
  `container of Compose service ${service} in project ${project} on Docker ${docker}`
