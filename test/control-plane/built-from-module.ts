import { execFile, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { Say } from './binaries.ts'

/** A controller whose source Go's module proxy has. */
export interface ControllerSource {
  /** As people call it. */
  readonly title: string
  readonly module: string
  readonly version: string
  /** Of its source, as the checksum database of Go has it: another source by the same name is not built. */
  readonly sum: string
  /** The version of Go that builds it, such as `go1.26.10`. */
  readonly go: string
  /** Its program's name. */
  readonly program: string
  /** What in its source it is built from; else the folder in `cmd` by its program's name. */
  readonly main?: string
  /** A module that its `go.mod` takes from a folder beside it; the proxy has that as a module of its own, of the same version, with these sums. */
  readonly beside?: { readonly module: string; readonly sum: string; readonly ofGoMod: string }
  /** The file or folder in its source with the definitions of its kinds. */
  readonly kinds: string
}

export interface Built {
  /** The controller's program. */
  readonly program: string
  /** The definitions of its kinds: a folder, or a file. */
  readonly crds: string
}

/** The controller, built from its source when this user never built this version. Safe to run twice at once. */
export async function builtFromModule(from: ControllerSource, say: Say): Promise<Built> {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  const folder = join(cache, 'countermand', nameOf(from), from.version)
  const built = { program: join(folder, from.program), crds: join(folder, 'crds') }
  if (existsSync(folder)) return built
  say(
    `Building ${from.title} ${from.version} from source; it takes some minutes, and only the first time.`,
  )
  mkdirSync(join(folder, '..'), { recursive: true })
  const unfinished = mkdtempSync(`${folder}.`)
  try {
    const source = await downloaded(from, unfinished)
    const flags = from.beside ? [await modFile(from, from.beside, source, unfinished)] : []
    await build(from, source, join(unfinished, from.program), flags)
    cpSync(join(source, from.kinds), join(unfinished, 'crds'), { recursive: true })
    if (!existsSync(folder)) renameSync(unfinished, folder)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  return built
}

/** Without the number of a major version, which Go writes behind it. */
const nameOf = ({ module }: ControllerSource): string =>
  module.split('/').findLast((part) => !/^v\d+$/.test(part)) ?? module
const environment = ({ go }: ControllerSource) => ({
  ...process.env,
  GOTOOLCHAIN: go,
  CGO_ENABLED: '0',
})

const Download = z.object({ Dir: z.string(), Sum: z.string() })

/** The folder with the source in Go's own cache. */
async function downloaded(from: ControllerSource, cwd: string): Promise<string> {
  const { module, version, sum, title } = from
  const args = ['mod', 'download', '-json', `${module}@${version}`]
  const env = environment(from)
  const { stdout } = await promisify(execFile)('go', args, { cwd, env }).catch((cause: unknown) => {
    throw new Error(
      `The source of ${title} cannot be had: Go 1.21 or newer is needed, and its module proxy.`,
      { cause },
    )
  })
  const download = Download.parse(JSON.parse(stdout))
  if (download.Sum !== sum)
    throw new Error(`${module}@${version} is not the source that was looked at: ${download.Sum}`)
  return download.Dir
}

/** Its `go.mod` and `go.sum` with the module beside it taken from the proxy, as a flag of `go build`. */
async function modFile(
  from: ControllerSource,
  { module, sum, ofGoMod }: NonNullable<ControllerSource['beside']>,
  source: string,
  folder: string,
): Promise<string> {
  const [mod, sums] = [join(folder, 'go.mod'), join(folder, 'go.sum')]
  const named = `${module} ${from.version}`
  // Not copied: what Go keeps is read-only.
  writeFileSync(mod, readFileSync(join(source, 'go.mod')))
  writeFileSync(
    sums,
    `${readFileSync(join(source, 'go.sum'), 'utf8')}${named} ${sum}\n${named}/go.mod ${ofGoMod}\n`,
  )
  const edit = ['mod', 'edit', `-dropreplace=${module}`, mod]
  await promisify(execFile)('go', edit, { cwd: folder, env: environment(from) })
  return `-modfile=${mod}`
}

async function build(
  from: ControllerSource,
  source: string,
  to: string,
  flags: readonly string[],
): Promise<void> {
  const said: string[] = []
  const args = ['build', '-mod=readonly', ...flags, '-trimpath', '-ldflags', '-s -w', '-o', to]
  const running = spawn('go', [...args, from.main ?? `./cmd/${from.program}`], {
    cwd: source,
    env: environment(from),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  running.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  const code = await new Promise<number | null>((resolve, reject) => {
    running.once('error', reject)
    running.once('close', resolve)
  })
  if (code !== 0)
    throw new Error(
      `go could not build ${from.module}:\n${said.join('').split('\n').slice(-20).join('\n')}`,
    )
}
