import { execFile } from 'node:child_process'
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
  /** For a change; to read is given as long as it takes. */
  readonly timeoutMs?: number
  /** Throws when this process may not change anything any more. */
  readonly beforeChange?: () => void
}

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export type ComposeCommand = ReturnType<typeof composeCommand>

/** Seconds for a graceful stop, and an image to be unpacked: only what hangs takes longer. */
const longest = 120_000

/**
 * Docker's own `docker compose`, version 2: what Compose does has no API. Started without a shell, and without this process's
 * environment, whose variables would win over the project's `.env`. Pulls nothing, builds nothing and tags nothing.
 */
export function composeCommand({
  connection,
  program = ['docker'],
  timeoutMs = longest,
  beforeChange,
}: Options) {
  const [file, ...before] = program
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '/',
    ...reached(connection),
  }

  const run = (
    args: readonly string[],
    cwd: string | undefined,
    input: string,
    timeout = longest,
  ): Promise<Ended> =>
    new Promise((resolve, reject) => {
      const options = { cwd, env, timeout, maxBuffer: 4_000_000 }
      const child = execFile(file, [...before, 'compose', ...args], options, (error, out, err) => {
        if (!error) return resolve({ code: 0, stdout: out, stderr: err })
        if (error.killed === true)
          return reject(
            new NoAnswer(`docker compose was not done within ${timeout / 1_000} s`, {
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

  return {
    /** `2.26.1`; Debian adds something of its own behind it. */
    async version(): Promise<Ended> {
      return run(['version', '--short'], undefined, '')
    },

    /** What the settings of a service come to, as Compose writes it at its containers. Changes nothing. */
    hash: (project: Project, service: string, override: Override): Promise<Ended> =>
      run(
        [...inProject(project, true), 'config', '--hash', service],
        project.directory,
        asFile(service, override),
      ),

    /** What the files say by themselves, as JSON; holds values that may be secret. */
    config: (project: Project): Promise<Ended> =>
      run([...inProject(project, false), 'config', '--format', 'json'], project.directory, ''),

    /** Replaces the containers of this service, and of no other, by as many of an image that is there already. Does not wait until they are healthy. */
    async up(project: Project, service: string, scale: number, override: Override): Promise<Ended> {
      beforeChange?.()
      return run(
        [
          ...inProject(project, true),
          'up',
          '--detach',
          '--no-deps',
          '--no-build',
          '--pull',
          'never',
          '--scale',
          `${service}=${scale}`,
          service,
        ],
        project.directory,
        asFile(service, override),
        timeoutMs,
      )
    },
  }
}

function reached(connection: DockerConnection): Readonly<Record<string, string>> {
  if ('socket' in connection) return { DOCKER_HOST: `unix://${connection.socket}` }
  const host = { DOCKER_HOST: connection.url.replace(/^https?:/, 'tcp:').replace(/\/$/, '') }
  return connection.certificates === undefined
    ? host
    : { ...host, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: connection.certificates }
}
