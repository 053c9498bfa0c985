import type { Behaviour } from '#sandbox/cluster/behaviour.ts'
import type { Around } from './asked.ts'
import { compose } from './compose.ts'
import { restarted } from './up.ts'
import { build, conditionOf, containersOf, type Declared, imageOf } from './state.ts'

interface Within extends Omit<Around, 'changed'> {
  /** Something is other than it was. */
  readonly moved: () => void
  readonly startMs: number
  readonly behaviourOf: (image: string) => Behaviour
}

/** What somebody else does to a pretend engine, by hand or in a pipeline, and what can be seen of it; none of it is counted. */
export function byHand({ moved, startMs, behaviourOf, ...rest }: Within) {
  const { state } = rest
  const around = { ...rest, changed: moved }
  const scale = (project: string, service: string, count: number, directory: string): void => {
    const inProject = ['--project-directory', directory, '-p', project, '-f', 'compose.yaml']
    const words = ['--detach', '--no-deps', '--no-build', '--pull', 'never', '--scale']
    const args = ['compose', ...inProject, 'up', ...words, `${service}=${count}`, service]
    const { code, stderr } = compose(around, { args, stdin: '', cwd: directory, env: {} })
    if (code !== 0) throw new Error(stderr)
  }
  return {
    /** Makes an image; `again`: other content under the same tag. */
    build: (reference: string, again = 0): string => build(state, reference, again).id,
    /** As its Dockerfile says. */
    label(reference: string, labels: Readonly<Record<string, string>>): void {
      const image = imageOf(state, reference)
      if (image) image.labels = labels
    },
    /** Takes an image away, as `docker image prune -a` does. */
    prune(reference: string): void {
      const image = imageOf(state, reference)
      if (image) state.images.delete(image.id)
    },
    /** Writes a service into the compose file of a project. */
    declare(project: string, service: string, declared: Declared): void {
      const services = state.files.get(project) ?? new Map<string, Declared>()
      state.files.set(project, services.set(service, { ...declared }))
    },
    /** What somebody does in the project's folder: writes another image into the file, and starts it. */
    deploy(project: string, service: string, image: string, directory: string): void {
      const declared = state.files.get(project)?.get(service)
      if (!declared) throw new Error(`no service ${service} stands in the compose file`)
      declared.image = image
      scale(project, service, Math.max(1, containersOf(state, project, service).length), directory)
    },
    /** A file is changed and nothing is started. */
    edit(project: string, service: string, settings: Declared['settings']): void {
      const declared = state.files.get(project)?.get(service)
      if (declared) declared.settings = settings
    },
    scale,
    /** As if it had been started then. */
    runsSince(project: string, service: string, at: Date): void {
      for (const one of containersOf(state, project, service)) {
        one.created = at
        one.started = at
        one.startedMs = -Infinity
      }
    },
    /** Its containers ended so often, and Docker has just started them again. */
    restart(project: string, service: string, times: number): void {
      for (const one of containersOf(state, project, service)) {
        one.restarted += times
        one.started = around.now()
        one.startedMs = performance.now()
      }
    },
    /** Stops them, as `docker stop` does. */
    stop(project: string, service: string, code = 0): void {
      for (const one of containersOf(state, project, service)) one.stopped = { code }
      moved()
    },
    /** The one of that number, and its name. */
    stopOne(project: string, service: string, number: number): string {
      for (const one of containersOf(state, project, service))
        if (one.number === number) one.stopped = { code: 0 }
      moved()
      return `${project}-${service}-${number}`
    },
    startOne(project: string, service: string, number: number): void {
      for (const one of containersOf(state, project, service))
        if (one.number === number) restarted(one, around)
      moved()
    },
    remove(project: string, service: string): void {
      for (const one of containersOf(state, project, service)) state.containers.delete(one.id)
      moved()
    },
    /** What serves, by the image as it was first called. */
    running(project: string, service: string): ReadonlyMap<string, number> {
      const counts = new Map<string, number>()
      for (const one of containersOf(state, project, service)) {
        const { origin } = one.image
        if (conditionOf(one, behaviourOf(origin), startMs).health === 'healthy')
          counts.set(origin, (counts.get(origin) ?? 0) + 1)
      }
      return counts
    },
    containers: (project: string, service: string) =>
      containersOf(state, project, service).map((one) => ({
        name: `${project}-${service}-${one.number}`,
        image: one.image.id,
        origin: one.image.origin,
        reference: one.reference,
        hash: one.labels['com.docker.compose.config-hash'],
        ...conditionOf(one, behaviourOf(one.image.origin), startMs),
      })),
  }
}
