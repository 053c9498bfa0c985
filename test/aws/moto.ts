import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { processesOf } from '../control-plane/processes.ts'

const requirements = 'test/aws/requirements.txt'
const missing =
  'moto is missing: it takes Python 3.10 or newer with venv (on Debian `apt-get install python3-venv`) and a package index to install it from.'

/** In the user's cache, a folder for each list of versions. */
function folderOfMoto(): string {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  const versions = createHash('sha256').update(readFileSync(requirements)).digest('hex')
  return join(cache, 'countermand', `moto-${versions.slice(0, 12)}`)
}

/** Installs moto in the very versions of `requirements.txt`, once. Throws one sentence where that cannot be done. */
export function installMoto(say: (line: string) => void): void {
  const folder = folderOfMoto()
  if (existsSync(folder)) return
  say('Installing moto into the user’s cache, the first time.')
  mkdirSync(join(folder, '..'), { recursive: true })
  const unfinished = mkdtempSync(`${folder}.`)
  try {
    execFileSync('python3', ['-m', 'venv', unfinished], { stdio: 'pipe' })
    const args = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--requirement', requirements]
    execFileSync(join(unfinished, 'bin', 'python'), args, { stdio: 'pipe' })
    if (!existsSync(folder)) renameSync(unfinished, folder)
  } catch (cause) {
    throw new Error(missing, { cause })
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

/** AWS's own models, as botocore brings them along. */
export function botocoreModel(service: string, version: string): string {
  const [file] = globSync(
    join(
      folderOfMoto(),
      `lib/python3*/site-packages/botocore/data/${service}/${version}/service-2.json.gz`,
    ),
  )
  if (file === undefined) throw new Error(`botocore has no model of ${service} ${version}`)
  return file
}

/** A moto of this process, on a free port: it takes what AWS would take, and knows little of deployments. */
export async function startMoto() {
  const folder = mkdtempSync(join(tmpdir(), 'countermand-moto-'))
  const processes = processesOf(folder)
  const close = async () => {
    await processes.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const port = await freePort()
    // By the interpreter: the scripts name the folder in which they were installed first.
    const started = await processes.start('moto', join(folderOfMoto(), 'bin', 'python'), [
      '-c',
      'import sys; from moto.server import main; main(sys.argv[1:])',
      '-H',
      '127.0.0.1',
      '-p',
      String(port),
    ])
    const url = `http://127.0.0.1:${port}`
    await answers(`${url}/moto-api/`, started.lastWords)
    return { url, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function answers(url: string, lastWords: () => string): Promise<void> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const response = await fetch(url).catch(() => undefined)
    await response?.body?.cancel()
    if (response) return
    if (performance.now() > deadline) throw new Error(`moto does not answer: ${lastWords()}`)
    await sleep(100)
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
