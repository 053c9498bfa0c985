import { execFile } from 'node:child_process'
import { type Ended, runApart } from './apart.ts'
import type { DockerConnection } from './engine.ts'
import { NoAnswer } from './failure.ts'

export interface Project {
  readonly project: string
  /** Where its files are, on this machine. */
  readonly directory: string
  readonly files: readonly string[]
}

/** What of a service differs from what the files say; Compose reads it as one more file. */
export interface Override {
  readonly image: string
  readonly labels?: Readonly<Record<string, string>>
}

interface Options {
  readonly connection: DockerConnection
  /** The program and what comes before `compose`. */
  readonly program?: readonly [string, ...string[]]
  /** How long a change is waited for; it is left to its end. */
  readonly patienceMs?: number
  /** Throws when this process may not change anything any more. */
  readonly beforeChange?: () => void
}

export type ComposeCommand = ReturnType<typeof composeCommand>

/** To read the files takes seconds; only what hangs takes longer, and is ended. */
const longestRead = 120_000
/** Containers that are given long to stop take minutes. */
const usualPatience = 120_000

/**
 * Docker's own `docker compose`, version 2: what Compose does has no API. Started without a shell, and without this process's
 * environment, whose variables would win over the project's `.env`. Pulls nothing, builds nothing and tags nothing.
 */
export function composeCommand({
  connection,
  program = ['docker'],
  patienceMs = usualPatience,
  beforeChange,
}: Options) {
  const [file, ...before] = program
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '/',
    ...reached(connection),
  }

  /** Nothing is changed by it, so it ends with whoever waits for it. */
  const read = (
    args: readonly string[],
    cwd: string | undefined,
    input: string,
    signal: AbortSignal,
  ): Promise<Ended> =>
    new Promise((resolve, reject) => {
      const options = { cwd, env, timeout: longestRead, maxBuffer: 4_000_000, signal }
      const child = execFile(file, [...before, 'compose', ...args], options, (error, out, err) => {
        if (!error) return resolve({ code: 0, stdout: out, stderr: err })
        if (signal.aborted) return reject(error)
        if (error.killed === true)
          return reject(
            new NoAnswer(`docker compose was not done within ${longestRead / 1_000} s`, {
              cause: error,
            }),
          )
        if (typeof error.code === 'number')
          return resolve({ code: error.code, stdout: out, stderr: err })
        return reject(
          new NoAnswer(`docker compose cannot be started here: ${error.message}`, { cause: error }),
        )
      })
      // Whoever ends before it has read everything says so by its code.
      child.stdin?.on('error', () => undefined)
      child.stdin?.end(input)
    })

  const inProject = ({ project, directory, files }: Project, hasOverride: boolean) => [
    '--project-directory',
    directory,
    '-p',
    project,
    ...files.flatMap((name) => ['-f', name]),
    ...(hasOverride ? ['-f', '-'] : []),
  ]
  const asFile = (service: string, { image, labels }: Override) =>
    JSON.stringify({ services: { [service]: { image, ...(labels ? { labels } : {}) } } })

  const change = (
    { project, directory }: Project,
    service: string,
    args: readonly string[],
    input: string,
    signal: AbortSignal,
  ): Promise<Ended> =>
    runApart({
      name: `docker compose up ${service} in project ${project} on ${env.DOCKER_HOST}`,
      file,
      args: [...before, ...args],
      cwd: directory,
      env,
      input,
      patienceMs,
      beforeStart: () => beforeChange?.(),
      signal,
    })

  /** Stops containers of this service, each for as long as it may take. Is not ended when the wait for it is. */
  const stop = (
    project: Project,
    service: string,
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<Ended> => change(project, service, ['container', 'stop', ...ids], '', signal)

  return {
    /** `2.26.1`; Debian adds something of its own behind it. */
    async version(signal: AbortSignal): Promise<Ended> {
      return read(['version', '--short'], undefined, '', signal)
    },

    /** What the settings of a service come to, as Compose writes it at its containers. Changes nothing. */
    hash: (
      project: Project,
      service: string,
      override: Override,
      signal: AbortSignal,
    ): Promise<Ended> =>
      read(
        [...inProject(project, true), 'config', '--hash', service],
        project.directory,
        asFile(service, override),
        signal,
      ),

    /** What the files say by themselves, as JSON; holds values that may be secret. */
    config: (project: Project, signal: AbortSignal): Promise<Ended> =>
      read(
        [...inProject(project, false), 'config', '--format', 'json'],
        project.directory,
        '',
        signal,
      ),

    /**
     * Replaces the containers of this service, and of no other, by as many of an image that is there already; `fill` only starts those
     * that are missing. Does not wait until they are healthy. Is not ended when the wait for it is; a second one waits for the first,
     * and then throws `NoAnswer`: look again.
     */
    up: (
      project: Project,
      service: string,
      { scale, fill }: { readonly scale: number; readonly fill: boolean },
      override: Override,
      signal: AbortSignal,
    ): Promise<Ended> => {
      const flags = ['--detach', '--no-deps', '--no-build', '--pull', 'never']
      const args = [...flags, ...(fill ? ['--no-recreate'] : []), '--scale', `${service}=${scale}`]
      return change(
        project,
        service,
        ['compose', ...inProject(project, true), 'up', ...args, service],
        asFile(service, override),
        signal,
      )
    },

    stop,

    /** Starts containers of this service that are there, with what they were made with. The same holds. */
    start: (
      project: Project,
      service: string,
      ids: readonly string[],
      signal: AbortSignal,
    ): Promise<Ended> => change(project, service, ['container', 'start', ...ids], '', signal),

    /** Stops containers of this service and takes them away. The same holds. */
    async remove(
      project: Project,
      service: string,
      ids: readonly string[],
      signal: AbortSignal,
    ): Promise<Ended> {
      const stopped = await stop(project, service, ids, signal)
      return stopped.code === 0
        ? change(project, service, ['container', 'rm', ...ids], '', signal)
        : stopped
    },
  }
}

function reached(
  connection: DockerConnection,
): Readonly<Record<string, string>> & { readonly DOCKER_HOST: string } {
  if ('socket' in connection) return { DOCKER_HOST: `unix://${connection.socket}` }
  const host = { DOCKER_HOST: connection.url.replace(/^https?:/, 'tcp:').replace(/\/$/, '') }
  return connection.certificates === undefined
    ? host
    : { ...host, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: connection.certificates }
}
