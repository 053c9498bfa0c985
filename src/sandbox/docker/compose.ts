import {
  type Around,
  type Asked,
  composeVersion,
  type Ended,
  ended,
  failed,
  merged,
  Override,
  type Overrides,
} from './asked.ts'
import { type Declared, hashOf } from './state.ts'
import { up } from './up.ts'

/** Only what would win over a project's own settings, or tells where Docker is, may come along. */
const allowedVariables = ['PATH', 'HOME', 'DOCKER_HOST', 'PWD', '_', 'SHLVL']

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

function hash(
  services: ReadonlyMap<string, Declared>,
  override: Overrides,
  [name = '', ...more]: readonly string[],
): Ended {
  const declared = services.get(name)
  if (!declared || more.length > 0) return failed(`no such service: ${name}: not found`)
  return ended(0, `${name} ${hashOf(merged(declared, override[name]))}\n`)
}
