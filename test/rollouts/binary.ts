import { execFile, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { Say } from '../control-plane/binaries.ts'

const module = 'github.com/argoproj/argo-rollouts'
const version = 'v1.10.2'
/** Of its source, as the checksum database of Go has it: another source by the same name is not built. */
const sum = 'h1:sEPWsY+HUvnXj3Vh0ejb+GDTceQ/palqhFo2FVQJMk0='
/** The version of Go that its go.mod asks for. */
const go = { GOTOOLCHAIN: 'go1.26.10', CGO_ENABLED: '0' }

export interface Built {
  /** The controller's program. */
  readonly program: string
  /** A folder with the definitions of its kinds. */
  readonly crds: string
}

/** Argo Rollouts' controller, built from its source when this user never built this version. Safe to run twice at once. */
export async function builtController(say: Say): Promise<Built> {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  const folder = join(cache, 'countermand', 'argo-rollouts', version)
  const built = { program: join(folder, 'rollouts-controller'), crds: join(folder, 'crds') }
  if (existsSync(folder)) return built
  say(`Building Argo Rollouts ${version} from source; about ten minutes the first time.`)
  mkdirSync(join(folder, '..'), { recursive: true })
  const unfinished = mkdtempSync(`${folder}.`)
  try {
    const source = await downloaded(unfinished)
    await build(source, join(unfinished, 'rollouts-controller'))
    cpSync(join(source, 'manifests', 'crds'), join(unfinished, 'crds'), { recursive: true })
    if (!existsSync(folder)) renameSync(unfinished, folder)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  return built
}

const Download = z.object({ Dir: z.string(), Sum: z.string() })

/** The folder with the source in Go's own cache. */
async function downloaded(cwd: string): Promise<string> {
  const args = ['mod', 'download', '-json', `${module}@${version}`]
  const { stdout } = await promisify(execFile)('go', args, {
    cwd,
    env: { ...process.env, ...go },
  }).catch((cause: unknown) => {
    throw new Error(noSource, { cause })
  })
  const download = Download.parse(JSON.parse(stdout))
  if (download.Sum !== sum)
    throw new Error(`${module}@${version} is not the source that was looked at: ${download.Sum}`)
  return download.Dir
}

async function build(source: string, to: string): Promise<void> {
  const said: string[] = []
  const args = ['build', '-mod=readonly', '-trimpath', '-ldflags', '-s -w', '-o', to]
  const running = spawn('go', [...args, './cmd/rollouts-controller'], {
    cwd: source,
    env: { ...process.env, ...go },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  running.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  const code = await new Promise<number | null>((resolve, reject) => {
    running.once('error', reject)
    running.once('close', resolve)
  })
  if (code !== 0)
    throw new Error(
      `go could not build ${module}:\n${said.join('').split('\n').slice(-20).join('\n')}`,
    )
}

const noSource =
  'The source of Argo Rollouts cannot be had: Go 1.21 or newer is needed, and its module proxy.'
