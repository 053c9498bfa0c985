import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import {
  type Container,
  type Declared,
  type State,
  containersOf,
  hashOf,
  imageOf,
} from './state.ts'

/** What the program was started with, and where. */
export const Asked = z.strictObject({
  args: z.array(z.string()),
  stdin: z.string(),
  cwd: z.string(),
  env: z.record(z.string(), z.string()),
})
export type Asked = z.infer<typeof Asked>

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const Override = z.strictObject({
  services: z.record(
    z.string(),
    z.strictObject({
      image: z.string(),
      labels: z.record(z.string(), z.string()).optional(),
    }),
  ),
})

export const composeVersion = '2.26.1'

/** Only what would win over a project's own settings, or tells where Docker is, may come along. */
const allowedVariables = ['PATH', 'HOME', 'DOCKER_HOST', 'PWD', '_', 'SHLVL']

interface Around {
  readonly state: State
  readonly now: () => Date
  /** Something was replaced. */
  readonly changed: () => void
}

const ended = (code: number, stdout: string, stderr = ''): Ended => ({ code, stdout, stderr })
const failed = (stderr: string, code = 1): Ended => ended(code, '', `${stderr}\n`)

/** What `docker compose` does of it; everything that Countermand has no need of is refused. */
export function compose(around: Around, { args, stdin, cwd, env }: Asked): Ended {
  const stray = Object.keys(env).filter((name) => !allowedVariables.includes(name))
  if (stray.length > 0) return failed(`pretend: ${stray.join(', ')} may change what Compose does`)
  const [first, ...rest] = args
  if (first !== 'compose') return failed(`docker: '${first}' is not a docker command.`)
  if (rest.join(' ') === 'version --short') return ended(0, `${composeVersion}\n`)
  const parsed = options(rest)
  if (typeof parsed === 'string') return failed(parsed)
  const { project, directory, files, command } = parsed
  if (cwd !== directory) return failed(`pretend: started in ${cwd}, not in ${directory}`)
  const services = around.state.files.get(project)
  if (!services || files.filter((file) => file !== '-').join() !== 'compose.yaml')
    return failed(`open ${directory}/${files[0]}: no such file or directory`, 14)
  const override = files.includes('-') ? Override.parse(JSON.parse(stdin)).services : {}
  const [verb, ...words] = command
  if (verb === 'config' && words.join(' ') === '--format json')
    return ended(0, JSON.stringify({ name: project, services: Object.fromEntries(services) }))
  if (verb === 'config' && words[0] === '--hash') return hash(services, override, words.slice(1))
  if (verb === 'up') return up(around, project, directory, services, override, words)
  return failed(`pretend: nothing is known of ${command.join(' ')}`)
}

function options(words: readonly string[]) {
  const files: string[] = []
  let [project, directory] = ['', '']
  for (let at = 0; at < words.length; at += 2) {
    const [word, value = ''] = [words[at], words[at + 1]]
    if (word === '-f') files.push(value)
    else if (word === '-p') project = value
    else if (word === '--project-directory') directory = value
    else return { project, directory, files, command: words.slice(at) }
  }
  return 'no command'
}

type Overrides = z.infer<typeof Override>['services']

const merged = (declared: Declared, override: Overrides[string] | undefined) => ({
  image: override?.image ?? declared.image,
  labels: override?.labels ?? {},
  settings: declared.settings,
})

function hash(
  services: ReadonlyMap<string, Declared>,
  override: Overrides,
  [name = '', ...more]: readonly string[],
): Ended {
  const declared = services.get(name)
  if (!declared || more.length > 0) return failed(`no such service: ${name}: not found`)
  return ended(0, `${name} ${hashOf(merged(declared, override[name]))}\n`)
}

function up(
  { state, now, changed }: Around,
  project: string,
  directory: string,
  services: ReadonlyMap<string, Declared>,
  override: Overrides,
  words: readonly string[],
): Ended {
  const [name = ''] = words.slice(-1)
  const scale = /^--scale (\S+)=(\d+)$/.exec(words.slice(-3, -1).join(' '))
  const flags = words.slice(0, -3).join(' ')
  const declared = services.get(name)
  if (!declared) return failed(`no such service: ${name}`)
  if (flags !== '--detach --no-deps --no-build --pull never' || scale?.[1] !== name)
    return failed(
      `pretend: up takes one service, its scale and nothing that pulls: ${words.join(' ')}`,
    )
  const { image: reference, labels, settings } = merged(declared, override[name])
  const image = imageOf(state, reference)
  const old = containersOf(state, project, name)
  // Before it stops anything; one that is there and does not start is found out too late.
  if (!image) return failed(`Error response from daemon: No such image: ${reference}`)
  const own = hashOf({ image: reference, labels, settings })
  const hashLabel = 'com.docker.compose.config-hash'
  const isCurrent = (one: Container) => one.labels[hashLabel] === own && one.image.id === image.id
  const count = Number(scale[2])
  if (old.length === count && old.every(isCurrent)) return ended(0, '')
  for (const one of old) state.containers.delete(one.id)
  for (let number = 1; number <= count; number += 1) {
    const id = randomBytes(32).toString('hex')
    const replaces = old.find((one) => one.number === number)?.id
    state.containers.set(id, {
      id,
      project,
      service: name,
      number,
      image,
      reference,
      labels: {
        ...labels,
        [hashLabel]: own,
        'com.docker.compose.container-number': String(number),
        'com.docker.compose.image': image.id,
        'com.docker.compose.oneoff': 'False',
        'com.docker.compose.project': project,
        'com.docker.compose.project.working_dir': directory,
        'com.docker.compose.service': name,
        'com.docker.compose.version': composeVersion,
        ...(replaces === undefined ? {} : { 'com.docker.compose.replace': replaces }),
      },
      hasHealthCheck: declared.hasHealthCheck,
      created: now(),
      startedMs: performance.now(),
      replaces,
      stopped: undefined,
    })
  }
  changed()
  return ended(0, '', ` Container ${project}-${name}-1  Started\n`)
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
