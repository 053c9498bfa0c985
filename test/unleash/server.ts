import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
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

const wanted = 'test/fixtures/unleash-server'
const missing =
  'unleash-server is missing: it takes npm, and a package registry to install it from the first time.'

/** In the user's cache, a folder for each list of versions. */
function folderOfUnleash(): string {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  const versions = createHash('sha256').update(readFileSync(join(wanted, 'package-lock.json')))
  return join(cache, 'countermand', `unleash-${versions.digest('hex').slice(0, 12)}`)
}

/** Installs unleash-server in the very versions of its lockfile, once. Throws one sentence where that cannot be done. */
export function installUnleash(say: (line: string) => void): void {
  const folder = folderOfUnleash()
  if (existsSync(folder)) return
  say('Installing unleash-server into the user’s cache, the first time.')
  mkdirSync(join(folder, '..'), { recursive: true })
  const unfinished = mkdtempSync(`${folder}.`)
  try {
    cpSync(wanted, unfinished, { recursive: true })
    const args = ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund']
    execFileSync('npm', args, { cwd: unfinished, stdio: 'pipe' })
    if (!existsSync(folder)) renameSync(unfinished, folder)
  } catch (cause) {
    throw new Error(missing, { cause })
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

/** May do everything there. */
export const adminToken = '*:*.the-lane-makes-this-admin-token'
/** Is only told what a program is told. */
export const clientToken = 'default:production.the-lane-makes-this-client-token'

/** A real Unleash of this process on a free port, with its tables in an empty database. */
export async function startUnleash(databaseUrl: string) {
  const folder = mkdtempSync(join(tmpdir(), 'countermand-unleash-'))
  const processes = processesOf(folder)
  const close = async () => {
    await processes.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const port = await freePort()
    const program = join(folderOfUnleash(), 'node_modules/unleash-server/dist/server.js')
    const { hasEnded, lastWords } = await processes.start('unleash', process.execPath, [program], {
      env: {
        DATABASE_URL: databaseUrl,
        DATABASE_SSL: 'false',
        HTTP_HOST: '127.0.0.1',
        HTTP_PORT: String(port),
        INIT_ADMIN_API_TOKENS: adminToken,
        INIT_BACKEND_API_TOKENS: clientToken,
        CHECK_VERSION: 'false',
        SEND_TELEMETRY: 'false',
        LOG_LEVEL: 'warn',
      },
    })
    const url = `http://127.0.0.1:${port}`
    await answers(`${url}/health`, hasEnded, lastWords)
    return { url, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function answers(url: string, hasEnded: () => boolean, lastWords: () => string) {
  const deadline = performance.now() + 120_000
  for (;;) {
    const response = await fetch(url).catch(() => undefined)
    await response?.body?.cancel()
    if (response?.ok) return
    if (hasEnded() || performance.now() > deadline)
      throw new Error(`Unleash does not answer: ${lastWords()}`)
    await sleep(200)
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
