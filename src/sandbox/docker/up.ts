import { randomBytes } from 'node:crypto'
import {
  type Around,
  composeVersion,
  type Ended,
  ended,
  failed,
  merged,
  type Overrides,
} from './asked.ts'
import {
  type Container,
  containersOf,
  type Declared,
  hashOf,
  type Image,
  imageOf,
  type State,
} from './state.ts'

const flagsOfAll = '--detach --no-deps --no-build --pull never'
const hashLabel = 'com.docker.compose.config-hash'

/** One service, so many of it, of an image that is there: all of them anew, or with `--no-recreate` those that are missing. */
export function up(
  around: Around,
  project: string,
  directory: string,
  services: ReadonlyMap<string, Declared>,
  override: Overrides,
  words: readonly string[],
): Ended {
  const { state, changed } = around
  const [name = ''] = words.slice(-1)
  const scale = /^--scale (\S+)=(\d+)$/.exec(words.slice(-3, -1).join(' '))
  const flags = words.slice(0, -3).join(' ')
  const isFilling = flags === `${flagsOfAll} --no-recreate`
  const declared = services.get(name)
  if (!declared) return failed(`no such service: ${name}`)
  if ((flags !== flagsOfAll && !isFilling) || scale?.[1] !== name)
    return failed(
      `pretend: up takes one service, its scale and nothing that pulls: ${words.join(' ')}`,
    )
  const { image: reference, labels, settings } = merged(declared, override[name])
  const image = imageOf(state, reference)
  const old = containersOf(state, project, name)
  // Before it stops anything; one that is there and does not start is found out too late.
  if (!image) return failed(`Error response from daemon: No such image: ${reference}`)
  const own = hashOf({ image: reference, labels, settings })
  const isCurrent = (one: Container) => one.labels[hashLabel] === own && one.image.id === image.id
  const count = Number(scale[2])
  if (isFilling || (old.length === count && old.every(isCurrent))) {
    const stopped = old.filter((one) => one.stopped)
    for (const one of stopped) restarted(one, around)
    const last = Math.max(0, ...old.map(({ number }) => number))
    const missing = Math.max(0, count - old.length)
    for (let number = last + 1; number <= last + missing; number += 1) make(number, undefined)
    if (stopped.length > 0 || missing > 0) changed()
    return ended(0, '')
  }
  for (const one of old) state.containers.delete(one.id)
  for (let number = 1; number <= count; number += 1)
    make(number, old.find((one) => one.number === number)?.id)
  changed()
  return ended(0, '', ` Container ${project}-${name}-1  Started\n`)

  function make(number: number, replaces: string | undefined): void {
    if (!image || !declared) return
    const made = { labels: { ...labels, [hashLabel]: own }, project, service: name, number }
    const { hasHealthCheck, volume, restarts = 'no' } = declared
    const container = { ...made, image, reference, hasHealthCheck, volume, restarts }
    add(around, directory, container, replaces)
  }
}

/** Runs on as it was made. */
export function restarted(one: Container, { now }: Around): void {
  one.stopped = undefined
  one.started = now()
  one.startedMs = performance.now()
}

function add(
  { state, now }: Around,
  directory: string,
  made: Pick<Container, 'labels' | 'project' | 'service' | 'number' | 'reference'> & {
    readonly image: Image
    readonly hasHealthCheck: boolean
    readonly volume: string | undefined
    readonly restarts: string
  },
  replaces: string | undefined,
): void {
  const id = randomBytes(32).toString('hex')
  state.containers.set(id, {
    ...made,
    id,
    labels: {
      ...made.labels,
      'com.docker.compose.container-number': String(made.number),
      'com.docker.compose.image': made.image.id,
      'com.docker.compose.oneoff': 'False',
      'com.docker.compose.project': made.project,
      'com.docker.compose.project.working_dir': directory,
      'com.docker.compose.service': made.service,
      'com.docker.compose.version': composeVersion,
      ...(replaces === undefined ? {} : { 'com.docker.compose.replace': replaces }),
    },
    created: now(),
    started: now(),
    restarted: 0,
    startedMs: performance.now(),
    replaces,
    stopped: undefined,
  })
}

/** What Docker leaves where it made containers anew and could not start them: those before are gone by then. */
export function brokenOff(
  state: State,
  former: readonly Container[],
  replaced: number,
  says: string,
): Ended {
  for (const one of state.containers.values()) {
    if (former.includes(one)) continue
    const old = former.find(({ id }) => id === one.replaces)
    if (one.number <= replaced || !old) one.stopped = { code: 127, neverStarted: says }
    else {
      state.containers.delete(one.id)
      state.containers.set(old.id, old)
    }
  }
  return failed(`Error response from daemon: ${says}`)
}
